"""docs/operations.md says what the doors do: its proxy passes every address, its figures hold."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from bot.app import FINISH_WITHIN, GIVE_BACK_WITHIN, HANG_UP_WITHIN
from bot.guard import BODY_BYTES
from bot.log import ALIKE_SECONDS, MOST_ALIKE
from bot.serving import MOST_CONNECTIONS, READ_SECONDS, STOP_WITHIN
from bot.workers import CLOSING
from simulator.stage import Keys
from tests.bot.test_door_fuzz import application

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
INSIDE_ONLY = {"/healthz", "/readyz"}


def example() -> str:
    """The proxy's settings."""
    found = re.search(r"```nginx\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


async def test_every_address_is_passed_on_and_no_other(office_url: str) -> None:
    async with application(office_url, Keys()) as (made, _port):
        app: web.Application = made.make_web()
        ours = {route.resource.canonical for route in app.router.routes() if route.resource}
    passed = set(re.findall(r"location = (\S+) ", example()))
    assert passed == {path for path in ours if not path.endswith("/")} - INSIDE_ONLY
    assert "location / { return 404; }" in example()


def test_braces_and_ends_are_right() -> None:
    lines = [line.split("#")[0].strip() for line in example().splitlines()]
    assert all(not line or line[-1] in ";{}" for line in lines)
    assert example().count("{") == example().count("}")


def test_the_figures_are_the_codes() -> None:
    told = PAGE[PAGE.index("## 放在代理后面") :]
    seconds = f"{READ_SECONDS:.0f}"
    assert f"一个请求 {seconds} 秒内要说完，正文最多 {BODY_BYTES // 1024} KB" in told
    assert f"最多 {MOST_CONNECTIONS} 个连接" in told
    assert f"停下最多 {STOP_WITHIN:.0f} 秒" in told
    assert ALIKE_SECONDS == 60
    assert f"一分钟最多写 {MOST_ALIKE} 行" in told
    assert f"client_max_body_size  {BODY_BYTES // 1024}k;" in told
    assert f"client_header_timeout {seconds}s;" in told
    assert f"client_body_timeout   {seconds}s;" in told
    assert FINISH_WITHIN + GIVE_BACK_WITHIN + HANG_UP_WITHIN + CLOSING < STOP_WITHIN
