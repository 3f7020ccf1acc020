"""What the operator should know although messages are answered, one line a subject.

Told by /readyz without making it fail; the doctor tells the same at greater length.
"""

from __future__ import annotations

from datetime import datetime

from bot.channels.wecom.notes import notes
from handlers.contract import SHANGHAI
from storage.pauses import Pauses
from storage.sending import Sending
from storage.stray import Stray
from storage.unit import Unit


def standing(unit: Unit, now: datetime) -> dict[str, str]:
    """The app's notes, the pauses by channel, the stop switch; in Chinese, without any id."""
    told = {f"note.{subject}": words for subject, words in notes(unit).items()}
    for pause in Pauses(unit).now(now):
        key = f"pause.{pause.channel}" + (".chat" if pause.chat else "")
        told[key] = f"停到 {pause.until.astimezone(SHANGHAI):%H:%M}：{pause.cause}"
    if stray := Stray(unit).waiting():
        told["outbox.no_channel"] = f"有 {stray} 条消息要走的渠道没有配置，没有发；配上后会补发"
    if Sending(unit).stopped():
        told["stopped"] = "紧急停发开着"
    return told
