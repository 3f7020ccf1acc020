"""From nothing to the first answer, and what stays in memory: the demo office on SQLite.

Each run starts `run_bot.py` as an operator does and asks 我的学分 through the encrypted callback
until the encrypted answer is there.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.main_path import resident_mib  # noqa: E402 - runs as a script too
from benchmarks.wecom_load import AES_KEY, CORP, CRYPTO, TOKEN, opened  # noqa: E402
from bot.rehearsal import furnish  # noqa: E402
from run_bot import DEMO_OFFICE  # noqa: E402

PORT = 18190
RUNS = 5
ACCOUNT = "zhangwei"
PATIENCE = 20.0  # seconds
MIXED = (
    "我的学分", "学分明细", "还差多少", "今天的课", "明天有什么课", "我的截止时间", "菜单",
    "9月之前有哪些小学心理健康的网络培训", "我绑定的是谁", "下周的课在哪里上", "为什么", "你好",
    "我想请个假", "有没有数学的培训", "怎么还不发证书",
)  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    """What an operator would set."""
    return {
        **os.environ,
        "SHIXUN_DATABASE_URL": f"sqlite:///{folder}/office.sqlite",
        "SHIXUN_PORT": str(PORT),
        "SHIXUN_WECOM_CORP_ID": CORP,
        "SHIXUN_WECOM_AGENT_ID": "1000002",
        "SHIXUN_WECOM_SECRET": "benchmark",
        "SHIXUN_WECOM_TOKEN": TOKEN,
        "SHIXUN_WECOM_AES_KEY": AES_KEY,
        "SHIXUN_WECOM_API_BASE": "http://127.0.0.1:9/",
        "SHIXUN_LOG_LEVEL": "error",
    }


def ask(number: int, words: str) -> str | None:
    """One message and the words of its answer; None where none came with it."""
    message = (
        f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>{ACCOUNT}</FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType>text</MsgType>"
        f"<Content><![CDATA[{words}]]></Content><MsgId>{number}</MsgId></xml>"
    )
    stamp = str(int(time.time()))  # a callback of another time is refused
    sealed = CRYPTO.seal(message, stamp, "nonce")
    query = urlencode({"msg_signature": sealed.signature, "timestamp": stamp, "nonce": "nonce"})
    connection = HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    try:
        body = f"<xml><Encrypt>{sealed.encrypt}</Encrypt></xml>"
        connection.request("POST", f"/wecom/callback?{query}", body.encode())
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise SystemExit(f"refused with status {answer.status}")
        return opened(told) if told else None
    finally:
        connection.close()


def listening() -> bool:
    """Whether somebody answers the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def one_start(folder: Path, number: int, *, mixed: int = 0) -> tuple[float, float, float]:
    """Seconds until it listened and until the first answer; MiB after so many mixed messages."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "run_bot.py"], cwd=ROOT, env=environment(folder))
    try:
        while not listening():
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise SystemExit("the bot did not start")
            time.sleep(0.005)
        open_after = time.perf_counter() - begun
        words = ask(number, "我的学分")
        answered = time.perf_counter() - begun
        if words is None or "学分" not in words:
            raise SystemExit(f"not the wanted answer: {words}")
        for each in range(mixed):
            ask(number + 1 + each, MIXED[each % len(MIXED)])
        return open_after, answered, resident_mib(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="shixun-start-") as name:
        folder = Path(name)
        furnish(f"sqlite:///{folder}/office.sqlite", DEMO_OFFICE, datetime.now(UTC))
        one_start(folder, 1)  # warm: bytecode and file caches
        runs = [one_start(folder, 1000 * (n + 1)) for n in range(RUNS)]
        _, _, memory = one_start(folder, 900_000, mixed=200)
    listened, answered = sorted(r[0] for r in runs), sorted(r[1] for r in runs)
    print(
        f"process start to listening: median {statistics.median(listened):.2f} s; "
        f"to the first answer: median {statistics.median(answered):.2f} s "
        f"({answered[0]:.2f} to {answered[-1]:.2f}, {RUNS} warm runs)"
    )
    print(f"resident after 200 mixed messages: {memory:.0f} MiB")


if __name__ == "__main__":
    main()
