"""Short codes that people read and type: sign-in codes and binding codes.

Makes, tidies and compares codes. Knows neither who they belong to nor how long they live; the
source of randomness is handed in (`secrets.SystemRandom()` in the product).
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Collection
from random import Random

DIGITS = "23456789"
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET = DIGITS + LETTERS
"""30 symbols without 0 O, 1 I L and U (read as V)."""

NEVER_USED = "0O1ILU"
SIGN_IN_LENGTH = 4
BINDING_LENGTH = 8
BINDING_GROUP = 4
MOST_DRAWS = 1000

# Two spellings of one misreading become one, so that comparing does not hang on it.
_SAME = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_SEPARATORS = frozenset("-_.·,，、。'\"“”‘’「」【】[]()<>《》*#:;：")


def sign_in_code(source: Random, avoid: Collection[str] = ()) -> str:
    """Four symbols (domain 2.3: not four digits), none of the codes in `avoid`."""
    return _draw(source, SIGN_IN_LENGTH, avoid)


def binding_code(source: Random, avoid: Collection[str] = ()) -> str:
    """Eight symbols for a one-time binding code, none of those in `avoid`."""
    return _draw(source, BINDING_LENGTH, avoid)


def grouped(code: str) -> str:
    """A long code as it is shown: in groups of four, `7K3M-X2PA`."""
    parts = [code[at : at + BINDING_GROUP] for at in range(0, len(code), BINDING_GROUP)]
    return "-".join(parts)


def normalise(typed: str) -> str:
    """What a person typed as a code would be written.

    Full width becomes half width, small letters large; spaces, hyphens and quotes go; O is taken
    for 0, I and L for 1 (none of which a code holds), U for V. Other text is kept, so that it
    matches no code.
    """
    text = unicodedata.normalize("NFKC", typed).upper()
    kept = (sign for sign in text if not sign.isspace() and sign not in _SEPARATORS)
    return "".join(kept).translate(_SAME)


def same_code(code: str, typed: str) -> bool:
    """Whether somebody typed that code; takes the same time wherever the difference is."""
    return hmac.compare_digest(_bytes(code), _bytes(typed))


def looks_like_code(typed: str, length: int) -> bool:
    """Whether the text could be a code of that length."""
    text = normalise(typed)
    return len(text) == length and all(sign in ALPHABET for sign in text)


def confusing_signs(typed: str) -> str:
    """The signs in the text that no code holds, for the hint that a code has no O, 0, 1, I, L."""
    text = unicodedata.normalize("NFKC", typed).upper()
    return "".join(dict.fromkeys(sign for sign in text if sign in NEVER_USED and sign != "U"))


def _bytes(typed: str) -> bytes:
    # JSON can carry half a surrogate pair, which strict UTF-8 would refuse.
    return normalise(typed).encode("utf-8", "surrogatepass")


def _draw(source: Random, length: int, avoid: Collection[str]) -> str:
    """A code with at least one digit and one letter: neither a number nor a word."""
    for _ in range(MOST_DRAWS):
        code = "".join(source.choice(ALPHABET) for _ in range(length))
        mixed = any(sign in DIGITS for sign in code) and any(sign in LETTERS for sign in code)
        if mixed and code not in avoid:
            return code
    raise RuntimeError("no free code found: too many are in use, or the source is not random")
