"""Typed pinyin and homophones of the trade's words, put back into characters for reading slots.

Works on a copy: what is passed on (a notice's text, a reason) stays as written.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlp.pinyin import split_latin, syllable

_TYPED_WORDS = [
    "小学",
    "初中",
    "高中",
    "幼儿园",
    "中职",
    "职高",
    "特教",
    "语文",
    "数学",
    "英语",
    "物理",
    "化学",
    "生物",
    "历史",
    "地理",
    "政治",
    "科学",
    "音乐",
    "体育",
    "美术",
    "书法",
    "信息技术",
    "心理健康",
    "劳动",
    "小语",
    "小数",
    "小英",
    "初语",
    "初数",
    "初英",
    "初物",
    "初化",
    "高语",
    "高数",
    "高英",
    "高物",
    "国培",
    "省培",
    "市培",
    "县培",
    "校本",
    "线上",
    "线下",
    "网上",
    "网络",
    "外地",
    "异地",
    "本地",
    "签到",
    "签退",
    "打卡",
    "扫码",
    "报名",
    "确认",
    "提交",
    "作业",
    "达标",
    "学时",
    "学分",
    "课时",
    "病假",
    "事假",
    "公假",
    "请假",
    "同意",
    "批准",
    "驳回",
    "打回",
    "通过",
    "导出",
    "删除",
    "更正",
    "修改",
    "改",
    "今天",
    "明天",
    "后天",
    "昨天",
    "前天",
    "今年",
    "去年",
    "明年",
    "上午",
    "下午",
    "晚上",
    "早上",
    "中午",
    "上周",
    "下周",
    "这周",
    "周一",
    "周二",
    "周三",
    "周四",
    "周五",
    "周六",
    "周日",
    "每天",
    "每周",
    "提醒",
    "没",
    "未",
    "还没",
    "谁",
    "请",
    "病",
    "有",
    "班",
    "培训",
    "普通话",
    "提升",
    "研修",
    "工作坊",
    "迟到",
    "缺勤",
    "旷课",
    "到",
    "记",
    "给",
    "的",
    "我",
    "退",
    "暑假",
    "寒假",
    "下学期",
    "这学期",
]
# Words that a slip of the pen or the voice turns into nonsense of the same sound, and the words
# of that sound that make sense themselves.
_HEARD_WORDS = {
    "国培": "", "省培": "", "县培": "", "校本": "小本 校本", "达标": "打表 大表", "报名": "保命",
    "提醒": "体型 体形", "每天": "", "请假": "", "驳回": "", "语文": "", "英语": "", "普通话": "",
    "新高考": "", "未确认": "", "没确认": "没缺人", "心理健康": "", "信息技术": "", "没签到": "",
    "更正": "",
}  # fmt: skip
_RUN = re.compile(r"(?<![A-Za-z0-9@./_])[A-Za-z]{2,}(?: [A-Za-z]+)*(?![A-Za-z0-9@./_])")
_GAP = re.compile(r"(?<=[一-鿿]) (?=[一-鿿])")
_LONGEST_RUN = 80
_MOST = 5


@lru_cache(maxsize=1)
def _typed() -> dict[tuple[str, ...], str]:
    out: dict[tuple[str, ...], str] = {}
    for word in _TYPED_WORDS:
        out.setdefault(tuple(syllable(char) for char in word), word)
    out["shei",] = "谁"
    return out


@lru_cache(maxsize=1)
def _heard() -> tuple[dict[tuple[str, ...], tuple[str, frozenset[str]]], frozenset[str]]:
    table = {
        tuple(syllable(char) for char in word): (word, frozenset((word, *sense.split())))
        for word, sense in _HEARD_WORDS.items()
    }
    return table, frozenset(key[0] for key in table)


def plain(text: str) -> str:
    """The text with typed pinyin and misheard words of the trade in characters."""
    written = _RUN.sub(_in_characters, text)
    if written != text:
        written = _GAP.sub("", written)
    return _reheard(written)


def _in_characters(match: re.Match[str]) -> str:
    run = match.group()
    if len(run) > _LONGEST_RUN:
        return run
    syllables = [piece for word in run.lower().split(" ") for piece in split_latin(word)]
    table, out, at, changed = _typed(), [], 0, False
    while at < len(syllables):
        for size in range(min(_MOST, len(syllables) - at), 0, -1):
            word = table.get(tuple(syllables[at : at + size]))
            if word is not None:
                out.append(word)
                at, changed = at + size, True
                break
        else:
            out.append(syllables[at])
            at += 1
    return "".join(out) if changed else run


def _reheard(text: str) -> str:
    table, firsts = _heard()
    sounds = [syllable(char) for char in text]
    for at, sound in enumerate(sounds):
        if sound not in firsts:
            continue
        for size in (5, 4, 3, 2):
            known = table.get(tuple(sounds[at : at + size]))
            if known is None or text[at : at + size] in known[1]:
                continue
            if text[at + size : at + size + 1] != "训":  # 提升培训 holds no 省培
                text = text[:at] + known[0] + text[at + size :]
    return text
