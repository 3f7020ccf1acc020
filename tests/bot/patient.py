"""An office that is examined: its settings, the fakes behind them, and what the doctor says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import SecretStr

from bot.app import Application
from bot.checks.values import Finding, Mark
from bot.clock import Clock
from bot.doctor import examine, to_json, to_text
from config.settings import Settings
from simulator.stage import free_port
from tests.bot.qq_world import until
from tests.bot.worlds import World


@dataclass
class Patient:
    """Settings that are right until a test changes them; `clock` is this machine's."""

    settings: Settings
    clock: Clock
    said: list[Finding] = field(default_factory=list)

    def set(self, **values: object) -> None:
        """Change settings, as an operator who mistypes; secrets are given as text."""
        fitting = {
            name: SecretStr(value)
            if isinstance(getattr(self.settings, name), SecretStr) and isinstance(value, str)
            else value
            for name, value in values.items()
        }
        self.settings = self.settings.model_copy(update=fitting)

    async def ask(self) -> Mapping[str, Finding]:
        """What the doctor says, by the name of the check; of several the first."""
        self.said = await examine(self.settings, self.clock)
        shown = to_text(self.said) + to_json(self.said)
        for secret in self.secrets():
            assert secret not in shown
        return {each.check: each for each in reversed(self.said)}

    async def wrong(self) -> dict[str, str]:
        """Only what is wrong: all its words, by the name of the check."""
        found = await self.ask()
        ill = {each.check: each for each in self.said if each.mark is Mark.WRONG}
        assert all(each.mend for each in ill.values()), "nothing is said of how to mend it"
        assert all(found[name].says for name in ill)
        return {name: f"{each.says} → {each.mend}" for name, each in ill.items()}

    def secrets(self) -> list[str]:
        """Every secret of the settings."""
        values = (getattr(self.settings, name) for name in type(self.settings).model_fields)
        kept = [each.get_secret_value() for each in values if isinstance(each, SecretStr)]
        return [secret for secret in kept if secret]


def patient_of(world: World) -> Patient:
    """The office of a world whose bot runs, everything set up well."""
    parts = urlsplit(world.bot.address)
    assert parts.hostname is not None
    world.stage.app.redirect_domain = parts.hostname
    patient = Patient(world._settings(), world.clock)
    patient.set(host=parts.hostname, port=parts.port, public_url=world.bot.address)
    return patient


@asynccontextmanager
async def running(patient: Patient) -> AsyncIterator[None]:
    """A bot of its own with these settings, and the settings lead to it."""
    bound = free_port("127.0.0.1")
    port = bound.getsockname()[1]
    application = Application(patient.settings, clock=patient.clock)
    runner = web.AppRunner(application.make_web(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    patient.set(port=port, public_url=f"http://127.0.0.1:{port}")
    try:
        # on a busy machine the bot is asked before it has read its words, and says only that
        await until(lambda: application.readings.ready, 30)
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Any web application on a port of this machine; its address."""
    bound = free_port("127.0.0.1")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        await runner.cleanup()


def nowhere() -> int:
    """A port that nobody listens on."""
    with free_port("127.0.0.1") as bound:
        return int(bound.getsockname()[1])
