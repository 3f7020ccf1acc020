"""Encrypted callback to encrypted answer of 我的学分, one process on one core, 2,300 teachers.

Prints messages a second, per second of processor time, p50 and p99, beside the floor (a bare
handler that only decrypts and encrypts) and NoneBot 2 answering a constant over OneBot v11.
Rounds alternate, so that a machine that drifts drifts for all.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.office import furnish  # noqa: E402 - runs as a script too
from benchmarks.peers import nonebot_python  # noqa: E402

WARM = 200
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Round:
    """One round on one server."""

    rate: float
    per_cpu: float
    p50: float
    p99: float


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid: int) -> float:
    """Resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass(frozen=True, slots=True)
class Server:
    """What is measured: how it is started, where it listens, what loads it."""

    arguments: tuple[str, ...]
    port: int
    load: str
    python: str = sys.executable


def servers(office: Path, *, nonebot: bool) -> dict[str, Server]:
    """The floor, the bot and, where it can be installed, NoneBot."""
    module = ("-m", "benchmarks.servers")
    chosen = {
        "floor": Server((*module, "floor", "18181"), 18181, "benchmarks.wecom_load"),
        "bot": Server((*module, "bot", "18182", str(office)), 18182, "benchmarks.wecom_load"),
    }
    if nonebot:
        python = nonebot_python()
        if isinstance(python, str):
            print(f"NoneBot is left out: {python}")
        else:
            chosen["NoneBot"] = Server(
                ("benchmarks/nonebot_server.py", "18183"),
                18183,
                "benchmarks.onebot_load",
                str(python),
            )
    return chosen


def start(server: Server, core: str) -> subprocess.Popen[bytes]:
    """Start a server on one core and wait until it listens."""
    process = subprocess.Popen(  # noqa: S603
        ["taskset", "-c", core, server.python, *server.arguments],  # noqa: S607
        cwd=ROOT,
    )
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return process
        time.sleep(0.05)
    process.terminate()
    raise SystemExit("the server did not start")


def run(server: Server, pid: int, first: int, options: argparse.Namespace) -> Round:
    """One load from the other core."""
    body = {
        "address": f"http://127.0.0.1:{server.port}",
        "first": first,
        "text": "我的学分",
        "teachers": 2300,
        "count": options.messages + WARM,
        "warm": WARM,
        "connections": options.connections,
        "wanted": "学分",
    }
    before = cpu_seconds(pid)
    done = subprocess.run(  # noqa: S603
        ["taskset", "-c", "1", sys.executable, "-m", server.load, json.dumps(body)],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    answered, seconds, p50, p99 = json.loads(done.stdout)
    spent = cpu_seconds(pid) - before
    return Round(answered / seconds, (answered + WARM) / spent, p50, p99)


def measure(office: Path, options: argparse.Namespace) -> tuple[dict[str, list[Round]], float]:
    """All rounds of every server, and the bot's resident memory in MiB after them."""
    chosen = servers(office, nonebot=not options.no_nonebot)
    running: dict[str, subprocess.Popen[bytes]] = {}
    rounds: dict[str, list[Round]] = {name: [] for name in chosen}
    try:
        for name, server in chosen.items():
            running[name] = start(server, "0")
        for number in range(options.rounds + 1):
            for name, server in chosen.items():
                first = number * (options.messages + 1000)
                each = run(server, running[name].pid, first, options)
                # the first round fills caches and writes each teacher's first conversation
                if number:
                    rounds[name].append(each)
                elif name == "bot":
                    print(f"bot, first round (every teacher new): {each.per_cpu:.0f} per CPU-s")
        return rounds, resident_mib(running["bot"].pid)
    finally:
        for process in running.values():
            process.terminate()
            process.wait(timeout=10)


def told(rounds: dict[str, list[Round]]) -> None:
    """The table of medians, and the bot against the others pair by pair."""
    print(f"{'':8}{'msg/s':>10}{'per CPU-s':>12}{'p50 ms':>10}{'p99 ms':>10}")
    for name, each in rounds.items():
        print(
            f"{name:8}{median(each, 'rate'):10.0f}{median(each, 'per_cpu'):12.0f}"
            f"{median(each, 'p50'):10.1f}{median(each, 'p99'):10.1f}"
        )
    for name, others in rounds.items():
        if name != "bot":
            pairs = zip(rounds["bot"], others, strict=True)
            ratios = [bot.per_cpu / other.per_cpu for bot, other in pairs]
            print(
                f"bot / {name}, per CPU-s, pair by pair: {statistics.median(ratios):.0%} "
                f"({min(ratios):.0%} to {max(ratios):.0%})"
            )


def median(rounds: list[Round], name: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(each, name) for each in rounds))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-nonebot", action="store_true", help="leave the peer out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shixun-bench-") as folder:
        office = Path(folder) / "office.sqlite"
        furnish(office).close()
        rounds, memory = measure(office, options)
    print(
        f"{options.messages} messages a round, {options.rounds} rounds, "
        f"{options.connections} at once; medians"
    )
    told(rounds)
    print(f"bot resident after it: {memory:.0f} MiB")


if __name__ == "__main__":
    main()
