"""Column types that mean the same on SQLite and PostgreSQL: UTC instants, exact decimals."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# Credits and class hours are kept in ten-thousandths of their unit: the finest published ratio
# (0.05 credits an hour) times a quarter hour still fits, and SQL may add them exactly.
DECIMAL_SCALE = 10_000

# SQLite numbers rows itself only where the key is spelled INTEGER.
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """A moment: an aware datetime in, an aware UTC datetime out; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite has no zone, so the naive UTC value is what it keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone must not be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC, whatever zone the connection speaks."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal with four places, kept as a whole number so that no engine rounds it."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Refuse what four places cannot hold instead of rounding it."""
        if value is None:
            return None
        scaled = value * DECIMAL_SCALE
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than four decimal places")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give the decimal back, without trailing zeros."""
        if value is None:
            return None
        return _unscaled(int(value))


@lru_cache(maxsize=4096)
def _unscaled(value: int) -> Decimal:
    """The same few amounts stand in every ledger: converting each once is a third of a read."""
    number = Decimal(value) / DECIMAL_SCALE
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()
