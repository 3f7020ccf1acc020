"""What goes wrong in an hour: faults of each platform, of the clock and of the processes.

Each is begun and, a while later, ended; a seed decides. Judges nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from simulator.onebot import FakeOneBot
from simulator.qq import FakeQQ
from simulator.wecom import FakeWeCom
from tests.chaos.town import Town

Undo = Callable[[], None]
SEND, PUSH = "message/send", "aibot_send_msg"
# what each platform may close with, but for the codes that end it for good (stop, restart by hand)
WECOM_CLOSES = (1000, 1001, 1003, 1009, 1011, 1012, 1013, 4000)
QQ_CLOSES = (1000, 1001, 1011, 4004, 4006, 4007, 4008, 4009, 4900, 4905, 4913)
ONEBOT_CLOSES = (1000, 1001, 1009, 1011, 1012)
GARBAGE = ("{garbage", "[]", '{"cmd":"nobody_knows","body":null}', '{"op":77}', '{"post_type":3}')


def _nothing() -> None:
    """Ends by itself."""


@dataclass(frozen=True, slots=True)
class Sky:
    """Whose weather it is."""

    town: Town
    chance: random.Random

    @property
    def wecom(self) -> FakeWeCom:
        """The platform."""
        return self.town.stage.fake

    @property
    def qq(self) -> FakeQQ:
        """The platform."""
        assert self.town.stage.qq is not None
        return self.town.stage.qq

    @property
    def onebot(self) -> FakeOneBot:
        """The implementation."""
        assert self.town.stage.onebot is not None
        return self.town.stage.onebot


# -- WeCom: calls and callbacks


async def wecom_calls(sky: Sky) -> Undo:
    """Its calls are slow, refused, half-open, or their answers are lost."""
    faults, chance = sky.wecom.faults, sky.chance
    path = chance.choice((SEND, SEND, PUSH))
    match chance.randrange(6):
        case 0:
            faults.latency = chance.uniform(0.02, 0.15)
        case 1:
            faults.stall_path, faults.stall_done = path, chance.random() < 0.5
            faults.stalls = chance.randint(1, 4)
        case 2:
            faults.drop_path, faults.drop_answers = path, chance.randint(1, 4)
        case 3:
            faults.fail(chance.choice((45009, 45033, -1, 6000)), chance.randint(1, 6), path)
        case 4:
            faults.drop_path, faults.drop_answers = "gettoken", 2
            sky.wecom.invalidate_tokens()
        case _:
            sky.town.stage.app.enabled = False

    def undo() -> None:
        faults.latency, faults.stalls, faults.drop_answers = 0.0, 0, 0
        faults.planned.clear()
        sky.town.stage.app.enabled = True

    return undo


async def wecom_tokens(sky: Sky) -> Undo:
    """Tokens die early, or die all the time."""
    sky.wecom.invalidate_tokens()
    sky.wecom.faults.token_storm = sky.chance.choice((0, 2, 20))

    def undo() -> None:
        sky.wecom.faults.token_storm = 0

    return undo


async def wecom_callbacks(sky: Sky) -> Undo:
    """Its callbacks are lost, late, or told again."""
    faults, chance = sky.wecom.faults, sky.chance
    faults.callback_losses = chance.choice((0, 1, 3))
    faults.callback_timeouts = chance.choice((0, 0, 1, 2))
    faults.callback_latency = chance.choice((0.0, 0.05))

    def undo() -> None:
        faults.callback_losses = faults.callback_timeouts = 0
        faults.callback_latency = 0.0

    return undo


# -- long connections


async def wecom_gateway(sky: Sky) -> Undo:
    """The AI bot's connection ends in some way, or lies."""
    faults, gateway, chance = sky.wecom.faults, sky.wecom.gateway, sky.chance
    match chance.randrange(7):
        case 0:
            await gateway.kick()
        case 1:
            await gateway.close_line(code=chance.choice(WECOM_CLOSES))
        case 2:
            gateway.abort_line()
        case 3:
            faults.socket_silent = True
        case 4:
            faults.no_pongs = True
        case 5:
            faults.socket_refusals = chance.randint(1, 4)
            gateway.abort_line()
        case _:
            await gateway.push(chance.choice(GARBAGE))

    def undo() -> None:
        if faults.socket_silent:
            gateway.abort_line()  # a half-open connection is gone in the end
        faults.socket_silent = faults.no_pongs = False
        faults.socket_refusals = 0

    return undo


async def qq_gateway(sky: Sky) -> Undo:
    """QQ's gateway closes, asks for a new login, or lies."""
    faults, gateway, chance = sky.qq.faults, sky.qq.gateway, sky.chance
    match chance.randrange(9):
        case 0:
            await gateway.reconnect()
        case 1:
            await gateway.invalidate()
        case 2 | 3:
            await gateway.close_line(code=chance.choice(QQ_CLOSES))
        case 4:
            gateway.abort_line()
        case 5:
            faults.socket_silent = True
        case 6:
            faults.invalid_sessions = 2
            gateway.abort_line()
        case 7:
            faults.socket_refusals = chance.randint(1, 3)
            gateway.abort_line()
        case _:
            await gateway.push(chance.choice(GARBAGE))

    def undo() -> None:
        if faults.socket_silent:
            gateway.abort_line()
        faults.socket_silent = False
        faults.socket_refusals = faults.invalid_sessions = 0

    return undo


async def qq_calls(sky: Sky) -> Undo:
    """QQ's calls are slow, refused, half-open, or their answers are lost."""
    faults, chance = sky.qq.faults, sky.chance
    path = chance.choice(("users/messages", "groups/messages"))
    match chance.randrange(7):
        case 0:
            faults.latency = chance.uniform(0.02, 0.15)
        case 1:
            faults.stall_path, faults.stall_done = path, chance.random() < 0.5
            faults.stalls = chance.randint(1, 3)
        case 2:
            faults.drop_path, faults.drop_answers = path, chance.randint(1, 3)
        case 3:
            faults.fail(chance.choice((11298, 40034005, 304003)), chance.randint(1, 3), path)
        case 4:
            faults.crash(chance.choice((500, 502, 503, 504)), chance.randint(1, 4), path)
        case 5:
            faults.token_storm = chance.choice((2, 10))
        case _:
            sky.qq.invalidate_tokens()

    def undo() -> None:
        faults.latency, faults.stalls, faults.drop_answers = 0.0, 0, 0
        faults.token_storm = 0
        faults.planned.clear()

    return undo


async def onebot_line(sky: Sky) -> Undo:
    """The account's implementation disconnects, stands still or loses its login."""
    fake, chance = sky.onebot, sky.chance
    match chance.randrange(6):
        case 0:
            await fake.close_lines(chance.choice(ONEBOT_CLOSES))
        case 1:
            fake.abort_lines()
        case 2:
            fake.freeze()
        case 3:
            await fake.go_offline(told=chance.random() < 0.5)
        case 4:
            fake.faults.socket_refusals = chance.randint(1, 3)
            fake.abort_lines()
        case _:
            await fake.push(chance.choice(GARBAGE))

    def undo() -> None:
        fake.thaw()
        fake.come_back()
        fake.faults.socket_refusals = 0

    return undo


async def onebot_calls(sky: Sky) -> Undo:
    """Its actions time out, stay without an answer, or fail; Tencent thinks it is too much."""
    faults, chance = sky.onebot.faults, sky.chance
    action = chance.choice(("send_private_msg", "send_group_msg"))
    match chance.randrange(5):
        case 0:
            faults.stall(chance.randint(1, 3), action, done=chance.random() < 0.5)
        case 1:
            faults.delay(0.15, chance.randint(1, 5), action)
        case 2:
            faults.time_out(chance.randint(1, 3), action, delivered=chance.random() < 0.5)
        case 3:
            faults.fail("发送失败", chance.randint(1, 3), action)
        case _:
            faults.risk_after, faults.risk_delivers = 2, chance.random() < 0.5

    def undo() -> None:
        faults.planned.clear()
        faults.risk_after = 0
        faults.calm_down()

    return undo


# -- the clock and the processes


async def clock_jumps(sky: Sky) -> Undo:
    """Minutes forward, or back; set right again at the end or never."""
    jump = timedelta(seconds=sky.chance.choice((-300, -120, -30, 30, 120, 300)))
    sky.town.clock.advance(jump)
    if sky.chance.random() < 0.5:
        return _nothing
    return lambda: sky.town.clock.advance(-jump)


Fault = Callable[[Sky], Awaitable[Undo]]
# which platforms may lose what was said to them meanwhile
FAULTS: tuple[tuple[Fault, frozenset[str]], ...] = (
    (wecom_calls, frozenset({"wecom_bot"})),
    (wecom_tokens, frozenset()),
    (wecom_callbacks, frozenset()),
    (wecom_gateway, frozenset({"wecom_bot"})),
    (qq_gateway, frozenset({"qq"})),
    (qq_calls, frozenset({"qq"})),
    (onebot_line, frozenset({"onebot"})),
    (onebot_calls, frozenset({"onebot"})),
    # a lease that ran out lets another process dial; a repeat may seem to come too late
    (clock_jumps, frozenset({"wecom", "wecom_bot", "qq", "onebot"})),
)
