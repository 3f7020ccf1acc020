"""Reading loosely typed JSON and XML without trusting its types. Knows no protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping

JsonObject = dict[str, object]


def text(source: Mapping[str, object], key: str) -> str:
    """The string under `key`; numbers become text, everything else an empty string."""
    value = source.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def whole(source: Mapping[str, object], key: str, default: int = 0) -> int:
    """The integer under `key`, also when it is written as digits; `default` otherwise."""
    value = source.get(key)
    if isinstance(value, bool) or value is None:
        return default
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else default


def table(source: Mapping[str, object], key: str) -> JsonObject:
    """The object under `key`, or an empty one."""
    value = source.get(key)
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}


def rows(source: Mapping[str, object], key: str) -> list[JsonObject]:
    """The objects of the list under `key`; a lone object counts as a list of one (XML)."""
    value = source.get(key)
    items = value if isinstance(value, list) else [value]
    return [{str(k): v for k, v in item.items()} for item in items if isinstance(item, dict)]


def words(source: Mapping[str, object], key: str) -> list[str]:
    """The strings of the list under `key`; numbers become text."""
    value = source.get(key)
    if not isinstance(value, list):
        return []
    return [str(item) for item in value if isinstance(item, str | int)]


def parse_object(raw: bytes | str) -> JsonObject | None:
    """One JSON object, or None when it is anything else."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def cut_bytes(value: str, limit: int) -> str:
    """At most `limit` UTF-8 bytes of `value`, never half a character."""
    raw = value.encode()
    return value if len(raw) <= limit else raw[:limit].decode(errors="ignore")


def byte_length(value: str) -> int:
    return len(value.encode())
