"""Words to keep as they are: the text of a notice and the reason of a request."""

from __future__ import annotations

import re

from nlp.times import Span

_OPENING, _CLOSING = "“「『", "”」』"
_AFTER_COLON = re.compile(r"^[^：:]{0,60}(?:(?<!\d)[：:]|[：:](?!\d))\s*(.{2,})$", re.DOTALL)
_SENDING = re.compile(r"发|讲|捎|内容|通知|告|说|推|转|写|拟|提醒|喊|传达|消息|公告|知道")
# What a quotation is for when that is said after it: “…”把这段发给各校.
_SENT_AFTER = re.compile(r"发|转|推|群发|通知|传达|告")
# 对象全体学员, 替我传下去: instructions behind the text.
_ABOUT_SENDING = re.compile(
    r"(?:[，,。；;]|(?<=。)) ?(?:对象(?:是|为|：)?[^，。]{2,12}|"
    r"(?:请|麻烦|帮忙)?[替帮给]我?(?:们)?(?:传|转|发|通知|告诉|说)[^，。]{0,8}|(?:发|通知|转)给?[^，。]{0,6}(?:全体|所有|各|大家)[^，。]{0,8})[。.]?$"
)
_KNOWN_BY_ALL = re.compile(
    r"^[^，,：:]{0,14}(?:都得知道|都要知道|都通知到|通知到位|都说到|注意)[，,](.{4,})$", re.DOTALL
)
_SAID = re.compile(
    r"(?:说一声|说一下|讲一声|喊一声|通知一下|知会一声|告诉一声|内容是|内容为|"
    r"内容就写|就说|就写|捎句话|带句话|带个话|喊话|讲一下|交代一声)[，,、：: ]*(.{2,})$",
    re.DOTALL,
)
_TELLING = re.compile(
    r"^(?:请|帮我|帮忙|麻烦)?(?:跟|给|对|和|向)[^，,：:]{2,24}(?:说|讲|交代|提|知会)(?:一?[声下]|清楚|明白)?[，,](.{4,})$",
    re.DOTALL,
)
_POLITE_END = re.compile(r"(?<![，,。 ])[，,。 ]*(?:谢谢|辛苦了?|麻烦了?|拜托了?)[您你啦了。！!]*$")
_ANNOUNCED = re.compile(
    r"^(?:请|帮我|帮忙|麻烦)?(?:通知|告诉|告知|转告)[^，,：:]{2,24}[，,](.{4,})$", re.DOTALL
)

_NOTICE_THEN = re.compile(
    r"^[^，,：:]{0,12}(?:发|拟|写)(?:个|条|一条|一个)?(?:取消)?(?:通知|通之|公告|消息)[^，,：:]{0,16}[，,]"
    r"(?!让|请|叫|说|内容)(.{4,})$",
    re.DOTALL,
)

_SPEAKING = re.compile(r"发|推|喊|内容|说|写|弹|念|提示|提醒[^，,：:]{0,8}[：:]")
_CONTENT = re.compile(r"内容(?:是|为|就写)(.{2,})$")
_PIECES = re.compile(r"[，,。；;！!？?\n~～ ：:]+")
_LEAD = re.compile(
    r"^(?:老师|领导|班主任)?(?:您好|你好)?[,，]?(?:因为|由于|因|是因为|那个|就是|呃|"
    r"嗯|我这边|我这|我们|我(?![姐妈爸哥弟妹爱老家孩儿女奶外岳婆公娃崽姨舅叔爷])|本人|老师我|的|都|(?:今天|这天)?整天|需要|得|要|想|突然|临时|有点)+"
)
# Not a reason: the asking itself, what cannot be attended, politeness, what is asked back.
_NOT_REASON = re.compile(
    r"请.{0,6}假|请假|[来到去上听]不了|不能[来到去上]|没法|[来到去]不成|缺[半一两]|"
    r"特此|请批准|批准|望批|谢谢|您好|你好|老师好|麻烦|准假|批一下|假条|签到?(?:不上|"
    r"不了)|补签|补卡|补一下|补登|补个|补上|能不能|可以吗|怎么办|行不行|打卡|休息|说明|耽误|"
    r"上午的?$|下午的?$|(?:病|事|公)假|补救|记旷课|补录|情假|告个?假|写的|法子|办法|怎么|[吗呢]$|"
    r"为什么|^(?:帮|给|替|请|把|申请|恳请)(?:我|把|忙|下|一下)*$|把$|跟[你您]|^[a-z ]+$|"
    r"^(?:签到|签退|考勤|那[个场天次笔一]|第)|看不[了成]?|医生写|漏[掉的]|[添补]回|接着上|全程|"
    r"^(?:今|明|后|周|下周|上周)|通融|[准批]我|报备|^(?:班|课|场)(?!车)|抱歉|打扰|不好意思|尊敬|^补|"
    r"缘由$|理由$|原因$|[缺落]了?一[下场]|^假$|关了$|作废|过时|^申请"
)
_CUT = re.compile(
    r"(?:所以|导致|结果|就)?(?:没赶上|没签[成上到]|没有签|没打上|没打成|没扫[成上]|"
    r"忘(?:记)?了?(?:签|打)|签不[上了]|扫不[上了]|[来到去上听]不[了成]|没法|不能|想请|"
    r"[到来赶]不[到了成]|要请|请[一半两个]|请假|求补|没签|没来得及签|没顾上签|怕是|签到未|晚到|迟到|才到|来晚|能补|要补|补签|给补|可以补|帮我补|希望).*$"
)
_TAIL = re.compile(r"(?<![了呢啊呀哦吧的])(?<!去(?=了))(?:去了|[了呢啊呀哦吧的])++$")
_EXCUSE = re.compile(
    r"(?:手机|平板)(?:突然|又|一直|也)?(?:没(?:有|得)?(?:电|网络?|带|信号|流量)|摔?坏了?|进水|落在?[家车]里?|"
    r"死机|关机|卡住?|丢了?|停机|被[偷拿][了走]?|欠费)|"
    r"(?:签到|二维)?码(?:突然|都|又|一直)?(?:过期|失效|打不开|刷不出来?|扫不[上出]来?|不显示)|"
    r"(?:网络?|系统|平台|微信|小程序|信号)(?:突然|都|又|一直)?(?:不好|太?卡顿?住?|断了?|崩了?|太?差|打不开|进不去|死机|没有)|"
    r"(?:没|忘了?)带手机|(?:路上)?堵车|停电|没(?:得|有)?(?:信号|网络?|流量|电)"
)
_SHORTEST, _LONGEST = 2, 40


def message_text(text: str) -> str | None:
    """The words to send on: what is quoted, what follows a colon, or what follows 说一声."""
    quoted = _last_quoted(text)
    colon = _AFTER_COLON.match(text)
    told = colon if colon and _SENDING.search(text[: colon.start(1)]) else None
    if quoted and not (told and _in_passing(quoted, text, told.start(1))):
        behind = text[quoted[0] + len(quoted[1]) :]
        if _SENDING.search(text[: quoted[0]]) or _SENT_AFTER.search(behind):
            return quoted[1]
    if told:
        return _finish(told[1])
    for pattern in (_SAID, _ANNOUNCED, _TELLING, _NOTICE_THEN, _KNOWN_BY_ALL):
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
    if colon and _SPEAKING.search(text[: colon.start(1)]):
        return _finish(colon[1])
    said = _CONTENT.search(text)
    return _finish(said[1]) if said else None


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


def _in_passing(quoted: tuple[int, str], text: str, start: int) -> bool:
    """Whether the quotation is only a part of what follows the colon: 请带好“身份证”，八点集合.

    `start`: where the words behind the colon begin. Instructions around a quotation that is the
    whole text do not count.
    """
    begin, words = quoted
    if begin < start:
        return False
    if any(character.isalnum() for character in text[start:begin]):
        return True
    behind = text[text.find(words, begin) + len(words) + 1 :]
    rest = "" if _SENT_AFTER.search(behind) else _finish("。" + behind)
    return any(character.isalnum() for character in rest)


def _finish(text: str) -> str:
    if "\n" in text:
        return text.strip()
    return _POLITE_END.sub("", _ABOUT_SENDING.sub(_kept_stop, text)).strip()


def _kept_stop(match: re.Match[str]) -> str:
    """The full stop before an instruction belongs to the text."""
    return "。" if match.group().startswith("。") else ""
