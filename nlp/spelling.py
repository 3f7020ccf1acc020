"""Which signs names are written with: said once, for every form and every reading of a name.

Han characters of all planes (何𬱖 has one of four bytes) and the dot between the parts of a name,
in the one spelling that `nlp.normalise.tidy` gives it.
"""

from __future__ import annotations

# inside a character class of a regular expression
HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
NAME = rf"[{HAN}·]"
# what is typed for the dot: bullets, katakana's dots, hyphenation points (storage.person_names)
DOTS = "•‧∙⋅・･᛫"
ONE_DOT = dict.fromkeys(map(ord, DOTS), "·")
