"""Time of one reading of times: median and 99th percentile per message, and over its length."""

from __future__ import annotations

import statistics
import time
from datetime import datetime

from nlp.times import read_times
from nlp.times.values import LOCAL

MESSAGES = (
    "明天的课在哪里上",
    "下周三下午我要请病假可以吗",
    "每天早上8点提醒他们签到",
    "9月有哪些小学语文的培训",
    "6月28日（星期一）上午9:00在三楼报告厅集中",
    "我的学分还差多少",
    "国庆后第一周的安排发我看看",
    "麻烦看一下通知谁还没有确认",
    "周一到周五下午5:30弹签退提示",
    "签到 8243",
    "5月20日至21日请事假，家里有事",
    "这学期我一共参加了几次培训",
)
NOW = datetime(2021, 5, 18, 9, tzinfo=LOCAL)
ROUNDS = 500


def once(text: str) -> float:
    """Milliseconds of one reading."""
    begin = time.perf_counter()
    read_times(text, NOW)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    begin = time.perf_counter()
    for text in MESSAGES:
        read_times(text, NOW)
    first = (time.perf_counter() - begin) * 1000
    taken = sorted(once(text) for _ in range(ROUNDS) for text in MESSAGES)
    size = statistics.mean(map(len, MESSAGES))
    print(f"{len(MESSAGES)} messages of {size:.0f} characters; first pass {first:.1f} ms")
    print(f"median {statistics.median(taken):.3f} ms, p99 {taken[len(taken) * 99 // 100]:.3f} ms")
    for length in (100, 1_000, 10_000):
        text = ("".join(MESSAGES) * (length // 100))[:length]
        print(f"{length:>6} characters: {min(once(text) for _ in range(5)):.2f} ms")


if __name__ == "__main__":
    main()
