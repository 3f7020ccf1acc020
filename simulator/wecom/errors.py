"""The error codes that the fake answers with, and their official texts. Knows no rule."""

from __future__ import annotations

from typing import Final

# Texts follow the official list of global error codes (document 90313).
MESSAGES: Final[dict[int, str]] = {
    -1: "system busy",
    0: "ok",
    6000: "data version conflict",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media file type",
    40005: "invalid type",
    40006: "invalid file size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40016: "invalid button count",
    40017: "invalid button type",
    40018: "invalid button name length",
    40019: "invalid button key length",
    40020: "invalid button url length",
    40023: "invalid sub button count",
    40024: "invalid sub button type",
    40025: "invalid sub button name length",
    40029: "invalid code",
    40031: "invalid userid list",
    40032: "invalid userid list length",
    40035: "invalid parameter",
    40050: "chatid not exist",
    40056: "invalid agentid",
    40057: "invalid callback url",
    40058: "invalid request parameter",
    40063: "some parameters are empty",
    40066: "invalid party list",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41006: "media_id missing",
    41008: "code missing",
    41009: "userid missing",
    41010: "url missing",
    41011: "agentid missing",
    41016: "title missing",
    41033: "description missing",
    42001: "access_token expired",
    42003: "code expired",
    42014: "invalid task_id",
    42015: "the message was sent by another app",
    42022: "code has been used",
    42027: "missing horizontal_content_list.keyname",
    42028: "missing template_card url",
    42029: "missing template_card media_id",
    42030: "missing template_card appid",
    42031: "invalid template_card.card_type",
    42033: "missing template_card title",
    42035: "invalid horizontal_content_list size",
    42036: "invalid vertical_content_list size",
    42037: "invalid option_list size",
    42038: "invalid button_list.text",
    42039: "invalid button_list.key",
    42040: "invalid option_list.id",
    42041: "invalid option_list.text",
    42042: "invalid jump_list size",
    42043: "invalid question_key",
    42044: "invalid card_image.url",
    42045: "invalid card_action",
    42046: "invalid submit_button.key",
    42047: "invalid select_list size",
    42049: "invalid submit_button.text",
    42050: "invalid horizontal_content_list.userid",
    42051: "action_list key conflict",
    42052: "msgid expired",
    43012: "callback url required",
    44001: "empty media data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45008: "article count out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    46003: "no menu",
    48002: "api forbidden",
    50001: "redirect_url domain unregistered",
    50003: "app disabled",
    60003: "department not found",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60140: "invalid response_code",
    60124: "invalid tagid",
    81013: "user & party & tag all invalid",
    86001: "invalid chat id",
    86003: "chat id not exist",
    86004: "invalid chat name",
    86005: "invalid chat owner",
    86006: "invalid chat member list size",
    86008: "chat created by another app",
    86215: "chat id already exists",
    86216: "invalid chat member",
    93000: "invalid webhook url",
    93004: "webhook disabled",
    93008: "webhook not in group",
    600039: "unsupported message type in this chat",
    846605: "invalid req_id",
    846608: "stream message expired",
    846609: "websocket not subscribed",
    853000: "invalid bot_id or secret",
    301002: "not allow operate another agent with this accesstoken",
}

BUSY: Final = -1
OK: Final = 0


class ApiError(Exception):
    """An answer with an error code; WeCom sends it with HTTP status 200 (protocol page 2)."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    @property
    def message(self) -> str:
        known = MESSAGES.get(self.code, "error")
        return f"{known}, {self.detail}" if self.detail else known
