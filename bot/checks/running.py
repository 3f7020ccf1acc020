"""Check-up of the running process, over its own addresses on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from bot.checks.values import Check, Finding, Setup
from bot.checks.web import UnreachableError, Web

RUNNING = Check("running", "正在运行的程序")
_OK = 200
# of /readyz, other than channels
_PARTS = {
    "database": "数据库",
    "understanding": "语言理解",
    "ticks": "定时的事",
    "clock": "时钟",
    "outbox": "待发的消息",
}


@dataclass(frozen=True, slots=True)
class Process:
    """`address`: where it answers on this machine; empty: it does not run here."""

    findings: tuple[Finding, ...]
    address: str = ""


async def check_running(setup: Setup, web: Web) -> Process:
    """Whether it runs, and what it says itself is not well."""
    if not setup.port:
        return Process((RUNNING.off("端口是 0（随便选一个），找不到它"),))
    address = f"http://{_local(setup.host)}:{setup.port}"
    try:
        health = await web.ask("GET", f"{address}/healthz")
    except UnreachableError:
        says = f"没有在运行（{address} 没有程序在听），要它运行才能查的几项没有查"
        return Process((RUNNING.off(says, "运行 run_bot.py 启动它，再查一次"),))
    if health.status != _OK or health.fields.get("status") != "ok":
        mend = "停掉那个程序，或换一个端口，例如 SHIXUN_PORT=8090"
        return Process((RUNNING.wrong(f"端口 {setup.port} 上听着的是别的程序", mend),))
    try:
        ready = await web.ask("GET", f"{address}/readyz")
    except UnreachableError as error:
        return Process(
            (RUNNING.wrong(f"它活着，但 /readyz 没有回答：{error}", "重启程序"),), address
        )
    return Process(_ready(ready.fields.get("problems")), address)


def _ready(problems: object) -> tuple[Finding, ...]:
    if not isinstance(problems, dict) or not problems:
        return (RUNNING.fine("在运行，能回答消息"),)
    return tuple(
        RUNNING.wrong(f"{_PARTS.get(name, '它说')}：{words}")
        for name, words in problems.items()
        if isinstance(words, str)
    )


def _local(host: str) -> str:
    """Where this machine reaches what listens on `host`."""
    name = host.strip().removeprefix("[").removesuffix("]")
    try:
        address = ip_address(name)
    except ValueError:
        return name or "127.0.0.1"
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"  # noqa: PLR2004 - IPv4
    return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
