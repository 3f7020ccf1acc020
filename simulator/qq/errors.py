"""The error codes that the fake answers with, their texts and HTTP statuses. Knows no rule.

Codes: protocol page A9; what a code of the page's bare lists means is from the old official list.
"""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[int, str]] = {
    10001: "unknown account",
    11241: "wrong authorization header",
    11243: "wrong token",
    11244: "token not exist or expire",
    11251: "wrong appid",
    11253: "no privilege",
    11265: "bot is banned",
    11298: "接口访问源IP不在白名单",  # from memory, not on the page
    20028: "frequency limit",
    22009: "msg limit exceed",
    50006: "message is empty",
    50035: "invalid form body",
    50037: "markdown message only supports markdown and keyboard",
    50041: "markdown is empty",
    50057: "markdown: template or content, not both",
    100001: "too frequent",
    100007: "appid invalid",
    100016: "invalid appid or secret",
    100017: "too frequent",
    304003: "url not allowed",
    304004: "ark not allowed",
    304011: "no such template",
    304020: "file size exceeds the limit",
    304023: "push message is waiting for audit now",
    304024: "reply message is waiting for audit now",
    304025: "消息被打击",
    304036: "no markdown template permission",
    304037: "no keyboard permission",
    304038: "keyboard not found",
    304040: "invalid keyboard",
    304082: "富媒体资源拉取失败",
    306001: "message not found",
    306002: "no permission to recall",
    306011: "超过可撤回时间",
    40034005: "msg_id 已过期",
    40034006: "消息内容违规",
    40034008: "模板参数不能为空",
    40034009: "模板参数不能换行",
    40034010: "模板参数不能含有 markdown 语法",
    40034024: "msg_id 无效",
    40034025: "event_id 无效",
    40034026: "event_id 已过期",
    40034027: "该事件不支持回复",
    40034028: "请求参数不允许包含url",
    40034029: "按钮数量超限或 id 重复",
    40034100: "主动消息超过配额",
    40034101: "机器人不在群中",
    40034105: "无主动消息权限",
    40034106: "file_info 无效",
    40034108: "富媒体格式不支持",
    40034127: "无 markdown 权限",
    40034128: "被动回复超时或超次",
    40054002: "机器人被禁言",
    40054003: "机器人不是群成员",
    40054004: "不是好友关系",
    40054005: "消息被去重，请检查请求msgseq",
    40054007: "消息过长",
    40054010: "不允许发送URL",
    40054013: "用户拒收主动消息",
    40054016: "机器人已下线",
    40054018: "消息过长",
}

UNAUTHORIZED: Final = frozenset((11241, 11243, 11244, 11251, 11298))
_FORBIDDEN: Final = frozenset((11253, 11265))
_MISSING: Final = frozenset((10001, 306001))
_TOO_MANY: Final = frozenset((20028, 304045, 304046, 304047, 304048, 304049, 304050))
_ACCEPTED: Final = frozenset((304023, 304024))
_LONG_CODES: Final = 10_000_000
_SERVER_CODES: Final = 50_000_000
OK: Final = 0


class ApiError(Exception):
    """An answer with an error code (A9).

    outer: a `code` that differs from `err_code` · status: overrides the code's HTTP status
    retry_after: seconds, sent as a header · bare: a proxy's page in the place of JSON
    """

    def __init__(
        self,
        code: int,
        detail: str = "",
        *,
        outer: int = 0,
        status: int = 0,
        retry_after: int = 0,
        bare: bool = False,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.outer = outer
        self.status = status or status_of(code)
        self.retry_after = retry_after
        self.bare = bare

    def body(self, trace: str) -> dict[str, object]:
        """`err_code` comes with the long codes only, or when `code` tells something else."""
        known = MESSAGES.get(self.code, "error")
        said = f"{known} {self.detail}" if self.detail else known
        body: dict[str, object] = {"code": self.outer or self.code, "message": said}
        if self.outer or self.code >= _LONG_CODES:
            body["err_code"] = self.code
        return body | {"trace_id": trace}


def status_of(code: int) -> int:
    """The HTTP status that goes with a code; the page lists statuses, not which code has which."""
    if code in _ACCEPTED:
        return 202
    if code in UNAUTHORIZED:
        return 401
    if code in _FORBIDDEN:
        return 403
    if code in _MISSING:
        return 404
    if code in _TOO_MANY:
        return 429
    return 500 if code >= _SERVER_CODES else 400
