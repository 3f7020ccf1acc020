"""Encrypted callback to encrypted answer of 我的学分, one process on one core, 2,300 teachers.

Prints messages a second, per second of processor time, p50 and p99, beside the floor (a bare
handler that only decrypts and encrypts) and, with --nonebot, NoneBot 2 answering a constant.
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


def start(arguments: list[str], port: int, core: str) -> subprocess.Popen[bytes]:
    """Start a server on one core and wait until it listens."""
    process = subprocess.Popen(  # noqa: S603
        ["taskset", "-c", core, sys.executable, *arguments], cwd=ROOT
    )
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def run(port: int, pid: int, first: int, options: argparse.Namespace, wanted: str) -> Round:
    """One load from the other core."""
    body = {
        "address": f"http://127.0.0.1:{port}",
        "first": first,
        "text": "我的学分",
        "teachers": 2300,
        "count": options.messages + 200,
        "warm": 200,
        "connections": options.connections,
        "wanted": wanted,
    }
    before = cpu_seconds(pid)
    done = subprocess.run(  # noqa: S603
        ["taskset", "-c", "1", sys.executable, "-m", "benchmarks.wecom_load", json.dumps(body)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    answered, seconds, p50, p99 = json.loads(done.stdout)
    spent = cpu_seconds(pid) - before
    return Round(answered / seconds, (answered + 200) / spent, p50, p99)


def median(rounds: list[Round], name: str) -> float:
    return statistics.median(getattr(each, name) for each in rounds)


def main() -> None:
    from benchmarks.office import furnish

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shixun-bench-") as folder:
        path = Path(folder) / "office.sqlite"
        furnish(path).close()
        servers = {
            "floor": start(["-m", "benchmarks.servers", "floor", "18181"], 18181, "0"),
            "bot": start(["-m", "benchmarks.servers", "bot", "18182", str(path)], 18182, "0"),
        }
        ports = {"floor": 18181, "bot": 18182}
        rounds: dict[str, list[Round]] = {name: [] for name in servers}
        try:
            for number in range(options.rounds):
                for name, process in servers.items():
                    first = number * (options.messages + 1000)
                    rounds[name].append(
                        run(ports[name], process.pid, first, options, "学分")
                    )
            memory = resident_mib(servers["bot"].pid)
        finally:
            for process in servers.values():
                process.terminate()
                process.wait(timeout=10)
    print(f"{options.messages} messages a round, {options.rounds} rounds, "
          f"{options.connections} connections; medians")
    print(f"{'':8}{'msg/s':>10}{'per CPU-s':>12}{'p50 ms':>10}{'p99 ms':>10}")
    for name, each in rounds.items():
        print(f"{name:8}{median(each, 'rate'):10.0f}{median(each, 'per_cpu'):12.0f}"
              f"{median(each, 'p50'):10.1f}{median(each, 'p99'):10.1f}")
    pairs = [b.per_cpu / f.per_cpu for b, f in zip(rounds["bot"], rounds["floor"], strict=True)]
    print(f"bot / floor, per CPU-s, pair by pair: {statistics.median(pairs):.0%} "
          f"({min(pairs):.0%} to {max(pairs):.0%}); bot resident {memory:.0f} MiB")


if __name__ == "__main__":
    main()
