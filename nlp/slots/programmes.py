"""The words that name a programme or class which stands in no list of the office."""

from __future__ import annotations

import re

from nlp.resources import data_lines

_HEAD = (
    r"培训班|研修班|提高班|提升班|高研班|研讨班|培训项目|提升工程|工作坊|跟岗(?:研修|学习)?|"
    r"任职资格培训|集中培训|全员培训|培训|研修|研训|岗培|轮训|能手|种子教师|首席教师|"
    r"[A-Ca-c]证|提升|计划|工程|项目|班"
)
# Names of the trade that are whole programmes by themselves.
_WHOLE = r"访名校|送教下乡|送培下乡|送培|未来教育|影子培训|园本教研|名师工作室"
_AFTER = r"(?!主任|长|级群|里|上|费|期|机构|计划表|手册|通知|证|组|会)"
_NAME = re.compile(
    rf"(?:[一-鿿A-Za-z0-9.+·]{{1,22}}?(?:{_HEAD})|[一-鿿A-Za-z0-9.+·]{{0,12}}?(?:{_WHOLE}))"
    rf"(?:(?:(?!的)[一-鿿]){{0,2}}(?:{_HEAD}))*{_AFTER}"
)
_QUOTED = re.compile(r"[“《「\"](?P<name>[一-鿿A-Za-z0-9.+·“”]{2,24}?)[”》」\"]")
_START = re.compile(
    r"^.*(?:我要|我想|想要|想报|报名参加|参加过|报名|抱名|报上|报个|报一个|报一下|参参加|参加|"
    r"申请去|申请|申请退出|退出|去参加|给我报|帮我报|给我|帮我|原来选的|选的|报的|退掉|取消|承办的|办的|"
    r"不想学|请问|咨询一?下?|打听一?下?|那个|这个|哪个|一个|有没有|有|我们|我的|我|你们|的|把|给|"
    r"是|了|在|从|对|关于|查|看|叫|为|让|跟|想|要|去|原来|今年|明年|本期|这期|这次|那|上次|这回|"
    r"这|报|退|(?<=[想去来要])学|(?<=不)学|请教|听说|抱茗|推荐|登分|登记|导出|往|加(?!过)|误报|完成|列出|核发|取肖|叫什么|叫|20\d\d年度?)(?=.{2})"
)
_YEAR = re.compile(r"^20\d\d年度?")
_POINT = r"(?:那个|这个|那期|这期|那班|这班|那次|这次|这回|那回|这一批|那一批)"
_POINTED = re.compile(
    rf"(?P<name>[一-鿿A-Za-z0-9]{{2,14}}?)(?:的)?{_POINT}(?:班|项目|培训)?"
    r"(?=[，,。 ？?]|我|算|名|帮|给|退|取消|报|还|怎|是|几|什么|有|在|要|去|"
    r"谁|住|包|开|收|也|能|一|的费|$)"
)
_OF = re.compile(
    r"(?:退|报|留|取消|参加|这回|这次)(?P<name>[一-鿿A-Z]{2,8})的(?=[，,。 ]|给我|帮我|吧|$)"
)
_PUT_IN = re.compile(
    r"(?:报名|报上|报个|报一个|报一下|我要报|我报|^报|参加|加入|取肖|取消)(?P<name>[一-鿿A-Za-z]{3,14}?)"
    r"(?:的(?:报名|包名))?(?=[，,。！!]|吧|$)"
)
_GENERIC = frozenset(data_lines("not_programmes.txt"))
_BAD = re.compile(
    r"谁|什么|哪|吗|怎|为什么|没有|不|我|你|他|几|多少|还|也|都|就|能不能|能否|可以|来得及|"
    r"个班|些班|全班$|[0-9]月|截止|通知|消息|以后|之前|明天|今天|昨天|下周|这周|上周|"
    r"全体|每|老人|孩子|时间|最后"
)
_POINTED_BAD = re.compile(
    r"我|你|他|不|没|刚才|昨天|今天|明天|上次|网上|线上|线下|外地|异地|本地|还有|就是|老师|"
    r"帮|给|要|周|月|报|退|国培$|省培$|市培$|省里|市里|县里|说|跑|远|哪|什么|隔壁|北京|上海|长沙|点$|号$|人|"
    r"课|作业|时候|怎|为|吗|呢|早上|晚上|上午|下午|[都全又再先年期]|[一二三四五六七八九十]$|把"
)
_SHORTEST = 3
_CLASS_WORD = re.compile(r"(?:(?<=提升|培训|研修|工程)|的)班$")
_GENERIC_PART = re.compile(
    r"^(?:一个|个)?(?:国培|省培|市培|县培|校本|网络|线上|线下|外地|异地|本地|集中|暑期|寒假|暑假|全员|"
    r"教师(?=培训|研修|项目|计划)|学期|省里|市里|县里|同|本|上|下|参训|结业|混合)*(?:培训|研修|计划|项目|班|课|(?<!提升)工程)+$"
)


def programme(text: str) -> str | None:
    """The words in quotation marks, a run that ends like a programme's name, X in "X那个" or
    what one enrols in. 班 behind 提升, 培训 and the like is dropped, as is the year before."""
    named = quoted(text)
    if named is not None:
        return named
    for match in _NAME.finditer(text):
        name = _finished(_START.sub("", match.group()))
        if _is_programme(name):
            return name
    for pattern in (_POINTED, _OF, _PUT_IN):
        for match in pattern.finditer(text):
            name = _START.sub("", match["name"])
            if len(name) > 1 and not _is_bad(name):
                return name
    return None


def quoted(text: str) -> str | None:
    """What stands in quotation marks and ends like a programme's name."""
    for match in _QUOTED.finditer(text):
        name = match["name"]
        if re.search(rf"(?:{_HEAD}|{_WHOLE})$", name) and not _BAD.search(name):
            return _finished(name)
    return None


def _is_bad(name: str) -> bool:
    bad = _BAD.search(name) or _POINTED_BAD.search(name) or _GENERIC_PART.match(name)
    return bool(bad) or name in _GENERIC


def _finished(name: str) -> str:
    return _CLASS_WORD.sub("", _YEAR.sub("", name.strip("《》“” ")))


def _is_programme(name: str) -> bool:
    return (
        len(name) >= _SHORTEST
        and name not in _GENERIC
        and not _BAD.search(name)
        and not _GENERIC_PART.match(name)
    )
