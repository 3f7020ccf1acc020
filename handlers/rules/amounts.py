"""How a decimal amount (credits, class hours, ratios) is shown to people, in one place.

Knows nothing of units: the caller adds 学分 or 学时.
"""

from __future__ import annotations

from decimal import Decimal


def plain(amount: Decimal) -> str:
    """The amount as people write it: no exponent, no trailing zeros, no negative zero.

    `6.50` becomes `6.5`, `1E+2` becomes `100`, `-0.00` becomes `0`.
    Raises ValueError for an amount that is not a finite number.
    """
    if not amount.is_finite():
        raise ValueError(f"not a finite amount: {amount}")
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def signed(amount: Decimal) -> str:
    """The amount with its sign, for changes: `+2`, `-0.5`, `0`."""
    text = plain(amount)
    return text if amount <= 0 else f"+{text}"
