"""Folds a text for reading times, character by character so that offsets stay true.

Full width, Traditional forms of the words of time, and the commonest slips of input methods.
"""

from __future__ import annotations

import re

_TRADITIONAL = dict(
    zip(
        "週點號後個兩鐘時間禮學開從節國慶勞陽這內來為現過幾還當應終結總歲紀裡裏農曆臘聖親給與課補假後",
        "周点号后个两钟时间礼学开从节国庆劳阳这内来为现过几还当应终结总岁纪里里农历腊圣亲给与课补假后",
        strict=True,
    )
)
_WIDE = {chr(0xFF10 + i): str(i) for i in range(10)}
_SIGNS = {
    "：": ":",
    "○": "〇",
    "Ｏ": "〇",
    "／": "/",
    "．": ".",
    "\u3000": " ",
    "\xa0": " ",
    "\t": " ",
}
_TABLE = str.maketrans(_TRADITIONAL | _WIDE | _SIGNS)

_SLIPS = {
    "名天": "明天", "明添": "明天", "鸣天": "明天", "今添": "今天", "金天": "今天",
    "作天": "昨天", "厚天": "后天", "夏午": "下午", "下舞": "下午",
    "尚午":
        "上午",
        "碗上":
        "晚上",
        "早尚":
        "早上",
        "星七":
        "星期",
        "星旗":
        "星期",
        "心期":
        "星期",
        "理拜":
        "礼拜",
    "里拜":
        "礼拜",
        "吓周":
        "下周",
        "夏周":
        "下周",
        "这州":
        "这周",
        "下州":
        "下周",
        "上州":
        "上周",
        "本州":
        "本周",
    "周舞":
        "周五",
        "周散":
        "周三",
        "周遗":
        "周一",
        "周午":
        "周五",
        "周伞":
        "周三",
        "周似":
        "周四",
        "月低":
        "月底",
        "月抵":
        "月底",
        "完上":
        "晚上",
        "明田":
        "明天",
        "明填":
        "明天",
        "夏个月":
        "下个月",
    "这各月":
        "这个月",
        "下各月":
        "下个月",
        "每添":
        "每天",
        "没天早":
        "每天早",
        "没周":
        "每周",
        "美天":
        "每天",
    "鼠假": "暑假", "署假": "暑假", "含假": "寒假", "韩假": "寒假",
}  # fmt: skip
_SLIP = re.compile("|".join(sorted(_SLIPS, key=len, reverse=True)))


def fold(text: str) -> str:
    """The text to read, of the same length."""
    return _SLIP.sub(lambda m: _SLIPS[m[0]], text.translate(_TABLE))
