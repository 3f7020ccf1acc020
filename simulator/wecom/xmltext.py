"""Writing and reading the XML of callbacks. Knows no meaning of any element."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers.expat import ExpatError

import xmltodict

from simulator.common.values import JsonObject


def write_xml(fields: Mapping[str, object]) -> str:
    """`<xml>…</xml>`: strings in CDATA, numbers plain, lists as repeated elements."""
    return f"<xml>{_inner(fields)}</xml>"


def read_xml(raw: bytes | str) -> JsonObject | None:
    """What is inside `<xml>`, or None when it is no such document."""
    try:
        root = xmltodict.parse(raw)
    except (ExpatError, ValueError):
        return None
    node = root.get("xml")
    return {str(k): v for k, v in node.items()} if isinstance(node, dict) else None


def _inner(fields: Mapping[str, object]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: object) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_inner(value)}</{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    # The end mark of CDATA must not come from what a person wrote.
    safe = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"
