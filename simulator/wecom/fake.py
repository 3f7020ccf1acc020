"""The fake WeCom as one object: set the scene, act as a person, look at screens, mount the API.

Tests, a story player and the chat page all drive it through this class.
"""

from __future__ import annotations

from aiohttp import web

from simulator.clock import SimClock
from simulator.common.acting import Delivery
from simulator.common.screen import Shown
from simulator.wecom import directory
from simulator.wecom.api import Api
from simulator.wecom.clicking import Clicking
from simulator.wecom.contacts import Contacts
from simulator.wecom.limits import Limits
from simulator.wecom.state import App, Corp
from simulator.wecom.talking import Talking


class FakeWeCom(Talking, Clicking):
    """A whole platform in memory. Use as an async context manager, or call `close`.

    What a person sends is in Talking, what they press in Clicking, changes of the address book
    in `contacts`, the AI bots' connections in `gateway`, what goes wrong in `faults`.
    """

    def __init__(
        self,
        clock: SimClock | None = None,
        *,
        limits: Limits | None = None,
        base_url: str = "http://127.0.0.1:8090",
    ) -> None:
        super().__init__(clock, limits=limits, base_url=base_url)
        self.contacts = Contacts(self.platform, self.callbacks)

    # -- setting the scene -------------------------------------------------------------------

    def add_corp(self, corp_id: str) -> Corp:
        corp = Corp(corp_id)
        self.platform.corps[corp_id] = corp
        return corp

    def add_routes(self, app: web.Application, prefix: str = "") -> None:
        """Mounts `prefix`/cgi-bin/… and `prefix`/aibot/ws; set `base_url` to the address of
        `prefix` for AI bots."""
        Api(self.platform, self.calls, self.aibots).add_routes(app, prefix)

    def invalidate_tokens(self) -> None:
        """Every access token dies now, as WeCom may do at any time: 40014 from here on."""
        for corp in self.platform.corps.values():
            corp.tokens.clear()

    def login_code(self, userid: str, corp: str | None = None) -> str:
        """The code with which the client opens a web page of the app for this person."""
        return directory.new_login_code(self.platform, self.corp_of(userid, corp), userid)

    async def verify_url(self, app: App) -> Delivery:
        """The check WeCom makes when the callback address is saved."""
        for corp in self.platform.corps.values():
            if corp.apps.get(app.agent_id) is app:
                return await self.callbacks.verify(corp, app)
        raise KeyError(app.agent_id)

    # -- looking -----------------------------------------------------------------------------

    def shown(self, userid: str, since: int = 0, *, corp: str | None = None) -> list[Shown]:
        """What this person sees, in order; only what came or changed after the cursor `since`."""
        return self.corp_of(userid, corp).screens.feed(userid, since)

    def cursor(self, userid: str, *, corp: str | None = None) -> int:
        """Where this person's screen stands now."""
        return self.corp_of(userid, corp).screens.cursor

    async def quiet(self, seconds: float = 10.0) -> None:
        """Waits until no callback is being delivered and no answer on a long connection is due
        (a bot that never answers is given up after 5 s); TimeoutError after `seconds`."""
        await self.courier.quiet(seconds)

    async def close(self) -> None:
        await self.gateway.close()
        await self.aibots.close()
        await self.courier.close()
