"""run_bot.py doctor: everything an office may have set up wrongly, one line each, with the cure.

Works while the bot runs and while it does not. Tells no secret and sends nothing; to see whether
the database keeps what is written, one row that says when it was last looked at is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

from bot.checks.callback import check_callbacks
from bot.checks.clock import check_clock
from bot.checks.database import check_database
from bot.checks.onebot import check_onebot
from bot.checks.qq import check_qq
from bot.checks.running import check_running
from bot.checks.sending import check_records
from bot.checks.settings import check_settings, secrets_of, wrong_settings
from bot.checks.values import Check, Finding, Mark, Setup
from bot.checks.web import Web
from bot.checks.wecom import check_wecom
from bot.checks.wecom_bot import check_wecom_socket
from bot.clock import Clock, SystemClock
from bot.log import set_up_logs

WELL, ILL = 0, 1
_SIGNS = {Mark.FINE: "✓", Mark.WRONG: "✗", Mark.OFF: "—"}
_HIDDEN = "（密钥，不显示）"
_LEAST_HIDDEN = 4  # shorter ones stand in ordinary words, too


def do_doctor(
    setup: Setup | None, problems: Sequence[str], out: Callable[[str], None], *, as_json: bool
) -> int:
    """Look and tell; 1 where anything is wrong. `setup` None: the settings have `problems`."""
    set_up_logs("error")
    if setup is None:
        rest = Check("rest", "其余各项").off("设置改好以后再查")
        findings = [*wrong_settings(problems), rest]
    else:
        findings = asyncio.run(examine(setup, SystemClock()))
    out(to_json(findings) if as_json else to_text(findings))
    return ILL if _wrong(findings) else WELL


async def examine(setup: Setup, clock: Clock) -> list[Finding]:
    """Every check, in order; what does not depend on each other runs at the same time."""
    async with Web() as web:
        looked, process = await asyncio.gather(
            asyncio.to_thread(check_database, setup.database_url, clock.now(), setup.written_in),
            check_running(setup, web),
        )
        records, running = looked.records, process.address
        timing, wecom, callbacks, socket, qq, onebot = await asyncio.gather(
            check_clock(setup, web, clock),
            check_wecom(setup, web),
            check_callbacks(setup, web, clock, running),
            check_wecom_socket(setup, web, records),
            check_qq(setup, web, records),
            check_onebot(setup, web, running),
        )
    findings = [
        *check_settings(setup),
        *looked.findings,
        *process.findings,
        *timing,
        *wecom,
        *callbacks.get("wecom.callback", ()),
        *callbacks.get("wecom_bot.callback", ()),
        socket,
        *qq,
        *callbacks.get("qq.webhook", ()),
        onebot,
        *check_records(setup, records, looked.notes, clock.now()),
    ]
    hidden = secrets_of(setup)
    return [_without(finding, hidden) for finding in findings]


def to_text(findings: Sequence[Finding]) -> str:
    """For people: a line each, and under it what to do."""
    lines = []
    for each in findings:
        lines.append(f"{_SIGNS[each.mark]} {each.title}：{each.says}")
        if each.mend:
            lines.append(f"    → {each.mend}")
    wrong = _wrong(findings)
    lines.append("")
    lines.append(f"有 {wrong} 处要改（✗）。改好后再运行一次。" if wrong else "没有发现问题。")
    return "\n".join(lines)


def to_json(findings: Sequence[Finding]) -> str:
    """For machines."""
    listed = [
        {
            "check": each.check,
            "title": each.title,
            "mark": each.mark.value,
            "says": each.says,
            "mend": each.mend,
        }
        for each in findings
    ]
    told = {"ok": not _wrong(findings), "checks": listed}
    return json.dumps(told, ensure_ascii=False, indent=2)


def _wrong(findings: Sequence[Finding]) -> int:
    return sum(each.mark is Mark.WRONG for each in findings)


def _without(finding: Finding, hidden: Sequence[str]) -> Finding:
    """A last look: whatever a platform or a driver said, no secret leaves here."""
    says, mend = finding.says, finding.mend
    for secret in (each for each in hidden if len(each) >= _LEAST_HIDDEN):
        says, mend = says.replace(secret, _HIDDEN), mend.replace(secret, _HIDDEN)
    return Finding(finding.check, finding.title, finding.mark, says, mend)
