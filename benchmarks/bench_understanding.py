"""What reading a message costs: start, memory, median and 99th percentile, long messages.

Run: `python benchmarks/bench_understanding.py`.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.reading import intent_words  # noqa: E402
from nlp.vocabulary import Vocabulary  # noqa: E402

NOW = datetime(2025, 4, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ROUNDS = 5


def resident() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Prints the figures."""
    vocabulary = Vocabulary(intent_words())
    before, begun = resident(), time.perf_counter()
    from nlp.understanding import Understanding  # noqa: PLC0415 - its cost is what is measured

    reader = Understanding(vocabulary)
    made = time.perf_counter()
    reader.read("明天下午的课在哪里上", now=NOW)
    first = time.perf_counter()
    print(
        f"ready {1000 * (made - begun):.0f} ms, first answer {1000 * (first - begun):.0f} ms, "
        f"memory {resident() - before:.1f} MB"
    )
    from nlp.training.train import EXAMPLES, read_examples  # noqa: PLC0415

    messages = [one for one in read_examples(EXAMPLES) if 15 <= len(one.text) <= 25][:1000]
    usual = [(one.text, one.role) for one in messages]
    for title, group in (
        ("15-25 characters", usual),
        ("我的学分", [("我的学分", "teacher")] * 200),
    ):
        spent = []
        for _ in range(ROUNDS):
            for text, role in group:
                start = time.perf_counter()
                reader.read(text, now=NOW, role=role)
                spent.append(1000 * (time.perf_counter() - start))
        spent.sort()
        print(
            f"{title}: median {statistics.median(spent):.3f} ms, "
            f"p99 {spent[len(spent) * 99 // 100]:.3f} ms"
        )
    for length in (100, 1000, 10_000):
        text = ("请各位学员按时参加明天下午两点的集中培训，" * (length // 20 + 1))[:length]
        start = time.perf_counter()
        reader.read(text, now=NOW)
        print(f"{length:6} characters: {1000 * (time.perf_counter() - start):.2f} ms")


if __name__ == "__main__":
    main()
