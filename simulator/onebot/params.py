"""Reading the parameters of an action: numbers also as digits, 1400 for what does not fit (B2)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.common.values import JsonObject
from simulator.onebot.errors import BAD_REQUEST, ActionError


@dataclass(frozen=True, slots=True)
class Params:
    values: JsonObject

    def number(self, name: str, default: int | None = None) -> int:
        """A number, or a string of digits; 1400 where it is missing without a default."""
        value = self.values.get(name)
        if value is None or value == "":
            if default is None:
                raise wrong(name, "Expected required property")
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.removeprefix("-").isdecimal():
            return int(value)
        raise wrong(name, "Expected string")

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name, default)
        if value is None:
            raise wrong(name, "Expected required property")
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise wrong(name, "Expected string")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean; its words in a string count too, as in NapCat."""
        value = self.values.get(name, default)
        if isinstance(value, str):
            return value == "true"
        if not isinstance(value, bool):
            raise wrong(name, "Expected boolean")
        return value

    def has(self, name: str) -> bool:
        return self.values.get(name) not in (None, "", 0)

    def rows(self, name: str) -> list[JsonObject]:
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise wrong(name, "Expected array")
        return value


def wrong(name: str, why: str) -> ActionError:
    return ActionError(BAD_REQUEST, f"Key: {name}, Message: {why}")
