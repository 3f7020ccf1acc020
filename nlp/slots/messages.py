"""Words to keep as they are: the text of a notice and the reason of a request."""

from __future__ import annotations

import re

from nlp.times import Span

_OPENING, _CLOSING = "“「『", "”」』"
_AFTER_COLON = re.compile(r"^[^：:]{0,60}(?<!\d)[：:](?!\d)\s*(.{2,})$", re.DOTALL)
_SENDING = re.compile(r"发|讲|捎|内容|通知|告|说|推|转|写|拟|提醒|喊|传达|消息|公告")
_SAID = re.compile(
    r"(?:说一声|说一下|讲一声|喊一声|通知一下|知会一声|告诉一声|内容是|内容为|"
    r"内容就写|就说|就写)[，,、：: ]*(.{2,})$",
    re.DOTALL,
)
_POLITE_END = re.compile(r"[，,。 ]*(?:谢谢|辛苦了?|麻烦了?|拜托了?)[您你啦了。！!]*$")
_ANNOUNCED = re.compile(
    r"^(?:请|帮我|帮忙|麻烦)?(?:通知|告诉|告知|转告)[^，,：:]{2,24}[，,](.{4,})$", re.DOTALL
)

_NOTICE_THEN = re.compile(
    r"^[^，,：:]{0,12}(?:发|拟|写)(?:个|条|一条|一个)?(?:取消)?(?:通知|通之|公告|消息)[^，,：:]{0,16}[，,]"
    r"(?!让|请|叫|说|内容)(.{4,})$",
    re.DOTALL,
)

_PIECES = re.compile(r"[，,。；;！!？?\n~～ ]+")
_LEAD = re.compile(
    r"^(?:老师|领导|班主任)?(?:您好|你好)?[,，]?(?:因为|由于|因|是因为|那个|就是|呃|"
    r"嗯|我这边|我这|我们|我|本人|老师我|的|要去|得去|需要|得|要|想|突然|临时|有点)+"
)
_NOT_REASON = re.compile(
    r"请.{0,6}假|请假|[来到去上听]不了|不能[来到去上]|没法|[来到去]不成|缺[半一两]|"
    r"特此|请批准|批准|望批|谢谢|您好|你好|老师好|麻烦|准假|批一下|假条|签到?(?:不上|"
    r"不了)|补签|补卡|补一下|补登|补个|补上|能不能|可以吗|怎么办|行不行|打卡"
    r"|休息|说明|耽误|上午的?$|下午的?$|(?:病|事|公)假|补救|记旷课|补录|情假|告个?假|写的|法子|办法|怎么|[吗呢]$|为什么|批准|麻烦"
)
_CUT = re.compile(
    r"(?:所以|导致|结果|就)?(?:没赶上|没签[成上到]|没有签|没打上|没打成|没扫[成上]|"
    r"忘(?:记)?了?(?:签|打)|签不[上了]|扫不[上了]|[来到去上听]不[了成]|没法|不能|想请|"
    r"要请|请[一半两个]|请假|求补|能补|要补|补签|给补|可以补|帮我补|希望).*$"
)
_TAIL = re.compile(r"(?:了|呢|啊|呀|哦|吧|的)+$")
_EXCUSE = re.compile(
    r"(?:手机|码|网络|网|信号|系统|二维码|微信|流量)(?:突然|都|又|一直)?(?:没(?:有|"
    r"得)?[电网带信]?号?|坏了?|卡住?|死机|关机|过期|不好|丢了?|停机|打不开|扫不[上出]|"
    r"用完)|没带手机|堵车|没信号|没网"
)
_SHORTEST, _LONGEST = 2, 40


def message_text(text: str) -> str | None:
    """The words to send on: what is quoted, what follows a colon, or what follows 说一声."""
    quoted = _last_quoted(text)
    if quoted and _SENDING.search(text[: quoted[0]]):
        return quoted[1]
    colon = _AFTER_COLON.match(text)
    if colon and _SENDING.search(text[: colon.start(1)]):
        return _finish(colon[1])
    for pattern in (_SAID, _ANNOUNCED, _NOTICE_THEN):
        said = pattern.search(text)
        if said:
            return _finish(said[1])
    return None


def quoted_text(text: str) -> str | None:
    """Only words in quotation marks or after a colon: for reminders."""
    quoted = _last_quoted(text)
    if quoted:
        return quoted[1]
    colon = _AFTER_COLON.match(text)
    return _finish(colon[1]) if colon else None


def reason_text(text: str, spans: tuple[Span, ...]) -> str | None:
    """Why somebody asks for leave or a late sign-in: the first clause that is not the asking."""
    pieces: list[str] = []
    position = 0
    for span in spans:
        pieces += _PIECES.split(text[position : span.begin])
        position = span.finish
    pieces += _PIECES.split(text[position:])
    for piece in pieces:
        core = _TAIL.sub("", _LEAD.sub("", _CUT.sub("", piece).strip()))
        if _SHORTEST <= len(core) <= _LONGEST and not _NOT_REASON.search(core):
            return core
    return None


def excuse(text: str) -> str | None:
    """Why somebody could not sign in, when it is a usual mishap."""
    found = _EXCUSE.search(text)
    return found.group() if found else None


def _last_quoted(text: str) -> tuple[int, str] | None:
    """(where it begins, the words) of what stands in quotation marks, from the first opening to
    the last closing mark of its kind; plain marks count where there are two."""
    for opening, closing in zip(_OPENING, _CLOSING, strict=True):
        begin, end = text.rfind(opening), text.rfind(closing)
        if begin > end:
            begin = text.rfind(opening, 0, end)
        if 0 <= begin < end - 2:
            return begin, text[begin + 1 : end].strip()
    begin, end = text.find('"'), text.rfind('"')
    return (begin, text[begin + 1 : end].strip()) if 0 <= begin < end - 2 else None


def _finish(text: str) -> str:
    return _POLITE_END.sub("", text).strip() if "\n" not in text else text.strip()
