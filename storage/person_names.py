"""How people's names are spelled in the records, so that each is found however it is typed.

And what cannot be a name: signs that would be read as a formula, markup or another line.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60
"""Characters: what the table holds."""
# the same signs as in nlp.spelling; a test holds them together
DOTS = "•‧∙⋅・･᛫"
_ONE_DOT = str.maketrans(dict.fromkeys(DOTS, "·"))
# nothing is seen of these: controls, marks of direction, joiners, selectors of variants
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u034f\u115f\u1160\u3164\uffa0]")
_AROUND_DOT = re.compile(" ?·+ ?")
_BLANKS = re.compile(r"\s+")
# between Latin words a blank belongs to the name, beside a Han character it is layout
_LAYOUT = re.compile(r"(?<=[^\x00-\u024f]) | (?=[^\x00-\u024f])")
_BESIDES = frozenset(" ·.'’-()")


def spelled(text: str) -> str:
    """A name in its one spelling: no unseen signs, no blanks for layout, one dot, half width."""
    # what one pass takes out may bring together what the next one joins
    while (once := _pass(text)) != text:
        text = once
    return text


def _pass(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_ONE_DOT)
    seen = "".join(
        " " if unicodedata.category(sign) in {"Zl", "Zp"} or sign in "\t\n\r\v\f" else sign
        for sign in _VARIANTS.sub("", plain)
    )
    seen = "".join(sign for sign in seen if unicodedata.category(sign) not in _UNSEEN)
    return _LAYOUT.sub("", _AROUND_DOT.sub("·", _BLANKS.sub(" ", seen))).strip()


def problem(name: str) -> str | None:
    """Why a spelled name cannot be one, as a Chinese clause; None where it can."""
    if len(name) > LONGEST:
        return f"最多 {LONGEST} 个字，这里有 {len(name)} 个字"
    strange = [sign for sign in name if not (_is_letter(sign) or sign in _BESIDES)]
    if strange:
        return f"里有不能用的符号「{_shown(strange[0])}」，请只写姓名"
    if name and not unicodedata.category(name[0]).startswith("L"):
        return f"不能用「{name[0]}」开头，请只写姓名"
    return None


def _is_letter(sign: str) -> bool:
    """Letters and their marks of any script, and digits that tell namesakes apart."""
    return unicodedata.category(sign)[0] in "LM" or sign.isdecimal()


def _shown(sign: str) -> str:
    return sign if sign.isprintable() else f"U+{ord(sign):04X}"
