"""Check-up of what the records say: last heard, what the app noted, pauses, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.checks.values import Check, Finding, Setup
from handlers.contract import SHANGHAI
from storage.checkup import Queue, Records

HEARD = Check("heard", "最近收到的消息")
NOTES = Check("notes", "应用自己记下的")
ROBOTS = Check("robots", "企业微信群机器人")
PAUSES = Check("pauses", "暂停发送")
STOPPED = Check("stopped", "紧急停发")
WAITING = Check("waiting", "待发的消息")
# what may leave leaves within seconds; minutes are a pause that is told elsewhere
LATE = timedelta(minutes=10)
_TITLES = {
    "wecom": "企业微信",
    "wecom_bot": "企业微信智能机器人（回调）",
    "wecom_socket": "企业微信智能机器人（长连接）",
    "wecom_robot": "企业微信群机器人",
    "wecom_appchat": "企业微信应用群聊",
    "qq": "QQ 机器人",
    "onebot": "QQ 号（OneBot）",
}


def check_records(
    setup: Setup, records: Records | None, noted: Mapping[str, str] | None, now: datetime
) -> list[Finding]:
    """All of it; nothing where the database could not be read."""
    if records is None:
        return [WAITING.off("数据库读不了，没有查")]
    robots = (
        ROBOTS.off(f"登记了 {records.robots} 个；不查密钥，因为查就要在群里发消息")
        if records.robots
        else ROBOTS.off("没有登记")
    )
    return [
        *(_heard(setup, records, now)),
        *(NOTES.wrong(words) for words in (noted or {}).values()),
        robots,
        *_pauses(records, now),
        _stopped(records),
        *_waiting(records.queues, now),
    ]


def _heard(setup: Setup, records: Records, now: datetime) -> list[Finding]:
    """A channel that never brought a word may be one whose keys differ from the platform's."""
    hearing = {
        "wecom": setup.has_wecom_app or setup.has_wecom_socket,
        "wecom_bot": setup.has_wecom_bot,
        "qq": setup.has_qq,
        "onebot": setup.has_onebot,
    }
    findings = []
    for channel in (name for name, used in hearing.items() if used):
        title = _TITLES[channel]
        check = Check(f"heard.{channel}", f"{HEARD.title} · {title}")
        moment = records.heard.get(channel)
        findings.append(
            check.fine(_ago(moment, now))
            if moment is not None
            else check.off(
                "最近两天没有收到过",
                "用手机给它发一句话再查；还是没有，就核对后台的 Token、密钥、地址和设置是否一样",
            )
        )
    return findings


def _pauses(records: Records, now: datetime) -> Sequence[Finding]:
    if not records.pauses:
        return [PAUSES.fine("没有渠道在暂停")]
    return [
        PAUSES.wrong(
            f"{_TITLES.get(pause.channel, pause.channel)}{'的一个群' if pause.chat else ''}"
            f"停到 {_clock(pause.until, now)}：{pause.cause}",
            "照原因处理；到时间会自动再试",
        )
        for pause in records.pauses
    ]


def _stopped(records: Records) -> Finding:
    if records.stopped:
        mend = "县级管理员在聊天里发“恢复发送”"
        return STOPPED.wrong("开着：通知一条也发不出去，问答照常", mend)
    return STOPPED.fine("没有开")


def _waiting(queues: Mapping[str, Queue], now: datetime) -> Sequence[Finding]:
    if not queues:
        return [WAITING.fine("没有")]
    return [_queue(channel, queue, now) for channel, queue in sorted(queues.items())]


def _queue(channel: str, queue: Queue, now: datetime) -> Finding:
    says = f"{_TITLES.get(channel, channel)}有 {queue.waiting} 条要发"
    if queue.parked:
        says += f"，另有 {queue.parked} 条要等对方先说话"
    if queue.waiting and queue.late is not None and now - queue.late > LATE:
        return WAITING.wrong(
            f"{says}，最早的一条 {_clock(queue.late, now)} 就该发了",
            "看程序是不是在运行、上面有没有暂停；都没有，请把日志发给开发者",
        )
    return WAITING.fine(says)


def _ago(moment: datetime, now: datetime) -> str:
    seconds = (now - moment).total_seconds()
    return "刚刚" if 0 <= seconds < 60 else _clock(moment, now)  # noqa: PLR2004 - a minute


def _clock(moment: datetime, now: datetime) -> str:
    """Hours and minutes, with the day where it is another."""
    here, today = moment.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    day = "" if here.date() == today.date() else f"{here.month}月{here.day}日 "
    return f"{day}{here:%H:%M}"
