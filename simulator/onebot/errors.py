"""How an action fails: retcodes and the words of NapCat (protocol page B2, B9). Knows no rule."""

from __future__ import annotations

import json
from typing import Final

OK: Final = 0
ASYNC: Final = 1
BAD_REQUEST: Final = 1400
BAD_TOKEN: Final = 1403
NO_SUCH_ACTION: Final = 1404
FAILED: Final = 1200

TOKEN_REFUSED: Final = "token验证失败"  # noqa: S105 - the words of a refusal
BROKEN_JSON: Final = "json解析失败,请检查数据格式"
NOTHING_TO_SEND: Final = "消息体无法解析, 请检查是否发送了不支持的消息类型"
MIXED_NODES: Final = "转发消息不能和普通消息混在一起发送,转发需要保证message只有type为node的元素"
NO_SUCH_USER: Final = "无法获取用户信息"
CARD_HELD_BACK: Final = "设置群名片未生效"
RECALL_FAILED: Final = "Recall failed"
NO_MESSAGE: Final = "消息不存在"
_SENDING: Final = (
    "NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg "
    "ListenerName:NodeIKernelMsgListener/onMsgInfoListUpdate EventRet:\n"
)


class ActionError(Exception):
    """An answer with status "failed". `waited`: the implementation gives up only after its own
    time limit for sending, so the answer comes late."""

    def __init__(self, retcode: int, message: str, *, waited: bool = False) -> None:
        super().__init__(retcode, message)
        self.retcode = retcode
        self.message = message
        self.waited = waited


def timeout(result: int | None = 0) -> ActionError:
    """What NapCat says when the client does not confirm a message (B9): result 0 for risk control
    or a flagged address, 1 while muted, None for a stranger (`{}`, NapCat issue 600)."""
    told = {} if result is None else {"result": result, "errMsg": ""}
    words = json.dumps(told, indent=4 if told else None)
    return ActionError(FAILED, f"Timeout: {_SENDING}{words}\n", waited=True)


def refused(result: int, reason: str) -> ActionError:
    """What NapCat says when the client refuses at once, such as 110 after a kick (issue 600)."""
    words = json.dumps({"result": result, "errMsg": reason}, indent=4, ensure_ascii=False)
    return ActionError(FAILED, f"EventChecker Failed: {_SENDING}{words}\n")


def failed(message: str) -> ActionError:
    return ActionError(FAILED, message)
