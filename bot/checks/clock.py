"""Check-up of this machine's clock, held against the platforms' Date headers."""

from __future__ import annotations

from datetime import timedelta

from bot.checks.values import Check, Finding, Setup
from bot.checks.web import UnreachableError, Web, host_of
from bot.clock import Clock

CLOCK = Check("clock", "时钟")
MOST = timedelta(seconds=60)
_MEND = (
    "打开系统的自动对时（Linux：timedatectl set-ntp true；Windows：设置 → 时间和语言 → 立即同步），"
    "再重启程序。时钟不对，回调会被拒收，签到和截止时间也会算错"
)


async def check_clock(setup: Setup, web: Web, clock: Clock) -> list[Finding]:
    """Ask whichever platform is configured; what it answers does not matter."""
    url = _somebody(setup)
    if not url:
        return [CLOCK.off("没有可以对时的平台")]
    try:
        heard = await web.ask("GET", url)
    except UnreachableError as error:
        return [CLOCK.off(f"没有查成：{error}")]
    if heard.date is None:
        return [CLOCK.off(f"{host_of(url)} 没有说现在几点")]
    ahead = clock.now() - heard.date
    seconds = round(abs(ahead.total_seconds()))
    if abs(ahead) > MOST:
        way = "快" if ahead > timedelta() else "慢"
        return [CLOCK.wrong(f"本机比平台{way} {seconds} 秒", _MEND)]
    return [CLOCK.fine(f"和平台相差 {seconds} 秒")]


def _somebody(setup: Setup) -> str:
    if setup.has_wecom_app or setup.has_wecom_socket or setup.has_wecom_bot:
        return f"{setup.wecom_api_base}gettoken"
    return f"{setup.qq_api_base}/gateway" if setup.has_qq else ""
