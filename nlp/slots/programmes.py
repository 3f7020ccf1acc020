"""The words that name a programme or class which stands in no list of the office."""

from __future__ import annotations

import re

from nlp.resources import data_lines

_HEAD = (
    r"培训班|研修班|提高班|提升班|培训项目|提升工程|工作坊|跟岗(?:研修|学习)?|访名校|"
    r"送教下乡|送培|未来教育|任职资格培训|集中培训|全员培训|培训|研修|研讨班|高研班"
    r"|[一-鿿]{2}提升|计划|工程|项目|班"
)
_NAME = re.compile(
    rf"[一-鿿A-Za-z0-9.+·《》“”]{{2,22}}?(?:{_HEAD})(?:班|项目)?(?!主任|长|级群|里|上|"
    rf"费|期|机构|计划表|手册|通知|证)"
)
_START = re.compile(
    r"^.*(?:我要|我想|想要|想报|报名参加|报名|抱名|报上|报个|报一下|参参加|参加|"
    r"申请去|申请|去参加|给我报|帮我报|给我|帮我|原来选的|选的|报的|退掉|退出|取消|"
    r"不想学|请问|咨询|打听|那个|这个|哪个|有没有|有|我们|我的|我|你们|办的|的|把|给|"
    r"是|了|在|从|对|关于|查|看|叫|为|让|跟|想|要|去|原来|今年|明年|本期|这期|这次|那|"
    r"这|报|退|(?<![小中大教开科文])学(?![前科习])|请教|听说|抱茗|推荐)(?=.{2})"
)
_POINTED = re.compile(
    r"(?:^|[，,。 ]|把|我报的|报的|给我报|退|报)(?P<name>[一-鿿]{2,10})(?:那个|这个|"
    r"那期|这期)(?:班|项目|培训)?(?=[，,。 ]|我|算|名|帮|给|退|取消|报|还|怎|是|几|"
    r"什么|$)"
)
_GENERIC = frozenset(data_lines("not_programmes.txt"))
_BAD = re.compile(
    r"谁|什么|哪|吗|怎|为什么|没有|不|我|你|他|几|多少|还|也|都|就|能不能|能否|可以|"
    r"个班|些班|全班$|[0-9]月|截止|通知|消息|以后|之前|明天|今天|昨天|下周|这周|上周|"
    r"全体|每"
)
_POINTED_BAD = re.compile(
    r"我|你|他|不|没|刚才|昨天|今天|明天|上次|网上|线上|外地|异地|本地|还有|就是|老师|"
    r"帮|给|要|周|月|报|退"
)
_SHORTEST = 3


_CLASS_WORD = re.compile(r"(?<=提升|培训|研修|工程)班$")


def programme(text: str) -> str | None:
    """The longest run of words that ends like a programme's name, or X in "X那个"."""
    for match in _NAME.finditer(text):
        name = _START.sub("", match.group()).strip("《》“” ")
        if len(name) >= _SHORTEST and name not in _GENERIC and not _BAD.search(name):
            return _CLASS_WORD.sub("", name)
    pointed = _POINTED.search(text)
    if pointed and not _POINTED_BAD.search(pointed["name"]):
        return pointed["name"]
    return None
