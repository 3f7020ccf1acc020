"""What pydantic finds wrong with a setting, in Chinese and without the value."""

from __future__ import annotations

_WORDS = {
    "extra_forbidden": "没有这一项设置，请核对拼写",
    "int_parsing": "应为数字",
    "int_type": "应为数字",
    "int_from_float": "应为整数",
    "greater_than_equal": "数字太小",
    "less_than_equal": "数字太大",
    "literal_error": "只能是：{expected}",
    "string_type": "应为文字，请加引号",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
}


def say(error: object) -> str:
    """One problem, with the name of its setting."""
    assert isinstance(error, dict)
    place = ".".join(str(part) for part in error["loc"])
    words = _WORDS.get(error["type"])
    if words is None:
        words = str(error["msg"]).removeprefix("Value error, ")
    else:
        words = words.format(**{"expected": "", **error.get("ctx", {})}).replace(" or ", " 或 ")
    return f"SHIXUN_{place.upper()}：{words}" if place else words
