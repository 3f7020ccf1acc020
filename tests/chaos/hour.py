"""An hour of an office's life under a seed: people write, notices leave, things go wrong.

The clock moves in steps of a few seconds, a fiftieth of a second apart; afterwards every fault
ends and what was promised has a few hours to arrive.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from datetime import timedelta

from handlers.contract import Turn
from handlers.reply import Card, Choice, Reply, action
from handlers.reply_json import reply_to_json
from simulator.common.acting import Delivery, NotOnScreenError
from storage.journal import Audit, Outcome
from storage.outbox import Outbox
from storage.outbox_values import NewDelivery
from tests.chaos.ledger import Ask, Ledger, Notice
from tests.chaos.town import Process, Town
from tests.chaos.weather import FAULTS, Fault, Sky, Undo

STEP = timedelta(seconds=10)
STEPS = 360
BREATH = 0.02  # real seconds between two steps
ASK_PRIVATELY, ASK_PUBLICLY = "还有什么没交 {mark}", "有哪些培训 {mark}"
CHANNELS = ("wecom", "wecom", "wecom_bot", "qq", "onebot")
# an acknowledged callback was acknowledged by us; what is on a connection dies with it
CONNECTIONS = frozenset({"wecom_bot", "qq", "onebot"})
SLOW = 0.4  # longer than the desk waits
_MARK = re.compile(r"#\d+")
# What is said on a connection so long (real seconds) after a fault may be lost with it.
AFTER = 0.4


def answering(turn: Turn) -> Reply:
    """Stands for every topic: reads, writes, is sometimes slow, names its question."""
    found = _MARK.search(turn.text)
    assert found is not None, "a question of the hour without its mark"
    mark = found[0]
    if int(mark[1:]) % 11 == 0:
        time.sleep(SLOW)
    Audit(turn.unit).add(
        at=turn.now,
        turn="chaos",
        actor_id=turn.asker.person_id,
        channel=turn.asker.channel,
        intent="chaos",
        outcome=Outcome.DONE,
        detail={"mark": mark},
    )
    return Reply(text=f"答{mark}。")


class Hour:
    """One hour in one town."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.ledger = Ledger()
        self.sky = Sky(town, random.Random(seed))
        self._chance = random.Random(seed * 7919 + 1)
        self._going: set[asyncio.Task[None]] = set()
        self._faults: dict[Fault, tuple[Undo, int, frozenset[str]]] = {}
        self._dead: dict[int, int] = {}
        # until when (real time) what is said on a channel may be lost
        self._shadows: dict[str, float] = {}
        self._open: set[int] = set()  # asks that are being told

    async def play(self) -> None:
        """The hour, then the calm."""
        for step in range(STEPS):
            await self._weather(step)
            if self._chance.random() < 0.7:
                self._ask()
            if step % 40 == 10:
                self._notify()
            self._balance()
            self._look()
            self.town.clock.advance(STEP)
            await self._breathe()
        await self._clear_up()

    # -- what people do -------------------------------------------------------------------------

    def _ask(self) -> None:
        ledger, chance = self.ledger, self._chance
        channel = chance.choice(CHANNELS)
        side = "wecom" if channel == "wecom_bot" else channel
        person = chance.choice([each for each in self.town.people if side in each.accounts])
        group = channel != "wecom" and chance.random() < 0.3
        ask = Ask(
            mark=f"#{len(ledger.asks) + 1}",
            person=person,
            channel=channel,
            group=group,
            public=group and chance.random() < 0.5,
        )
        ledger.asks.append(ask)
        self._begin(self._say(ask, len(ledger.asks) - 1))

    async def _say(self, ask: Ask, number: int) -> None:
        town = self.town
        words = (ASK_PUBLICLY if ask.public else ASK_PRIVATELY).format(mark=ask.mark)
        side, account = town.stage.troupes[ask.side].side, ask.person.accounts[ask.side]
        chat = "bot" if ask.channel == "wecom_bot" else None
        if ask.group:
            chat = town.groups[ask.side][0]
        ask.disturbed = self._shadowed(ask.channel)
        self._open.add(number)
        try:
            told = await side.say(account, words, chat)
        except NotOnScreenError:
            told = Delivery(False, 0, 0, "", 0.0, "cannot be said now")
        assert isinstance(told, Delivery)
        ask.told = told
        # on a connection it is heard and answered some time after it was handed over
        if ask.channel != "wecom":
            await asyncio.sleep(AFTER)
        self._open.discard(number)

    def _notify(self) -> None:
        """A notice to everybody on each platform and to the class's groups."""
        ledger, town, now = self.ledger, self.town, self.town.clock.now()
        mark = f"〔N{len(ledger.notices)}〕"
        card = Card(f"通知{mark}", "明天带U盘", (), (Choice("收到", action("credit.summary")),))
        reply = Reply(text=f"请大家注意{mark}") if self._chance.random() < 0.6 else Reply(card=card)
        made: list[tuple[Notice, str]] = []
        for side, (_, group) in town.groups.items():
            for person in (p for p in town.people if side in p.accounts):
                key = f"chaos:{mark}:{side}:{person.name}"
                account = town.push_account(person, side)
                made.append((Notice(mark, side, person, key), account))
            # no robot stands in WeCom's group: its AI bot speaks there
            made.append((Notice(mark, side, None, f"chaos:{mark}:{side}"), group))
        if not town.alive:
            return
        database = town.alive[0].database
        with database.unit() as unit:
            body = reply_to_json(unit, reply, now)
            Outbox(unit).enqueue(
                [
                    NewDelivery(
                        unique_key=notice.key,
                        channel=(
                            "wecom_socket"
                            if notice.person is None and notice.side == "wecom"
                            else notice.side
                        ),
                        account=account,
                        place="private" if notice.person else "group",
                        purpose="notice",
                        body=body,
                        not_before=now,
                    )
                    for notice, account in made
                ],
                now=now,
            )
        ledger.notices += [notice for notice, _ in made]
        for application in town.alive:
            application.postman.kick()

    # -- what goes wrong ------------------------------------------------------------------------

    async def _weather(self, step: int) -> None:
        for fault, (undo, until, channels) in list(self._faults.items()):
            if step >= until:
                undo()
                del self._faults[fault]
                self._shade(channels)
        if self._chance.random() < 0.09:
            fault, channels = self._chance.choice(FAULTS)
            if fault not in self._faults:
                self._shade(channels)
                undo = await fault(self.sky)
                self.ledger.tally[f"fault {fault.__name__}"] += 1
                self._faults[fault] = (undo, step + self._chance.randint(2, 25), channels)
        for number, until in list(self._dead.items()):
            if step >= until:
                del self._dead[number]
                self._begin(self._revive(self.town.processes[number]))
        if self._chance.random() < 0.012:
            number = self._chance.randrange(len(self.town.processes))
            if self.town.processes[number].application is not None:
                self.ledger.tally["killed"] += 1
                self._shade(CONNECTIONS)
                await self.town.processes[number].kill()
                self._dead[number] = step + self._chance.randint(1, 15)

    async def _revive(self, process: Process) -> None:
        await process.start()
        self._shade(CONNECTIONS)

    def _shade(self, channels: frozenset[str]) -> None:
        """What is being said there, and what is said soon, may be lost."""
        soon = asyncio.get_running_loop().time() + 2 * AFTER
        for channel in channels:
            self._shadows[channel] = soon
        for number in self._open:
            ask = self.ledger.asks[number]
            if ask.channel in channels:
                ask.disturbed = True

    def _shadowed(self, channel: str) -> bool:
        lasting = any(channel in channels for _, _, channels in self._faults.values())
        late = asyncio.get_running_loop().time() < self._shadows.get(channel, 0.0)
        return lasting or late or not self._connected(channel)

    def _connected(self, channel: str) -> bool:
        """Whether every process is up and one of them hears this platform."""
        if channel not in CONNECTIONS:
            return True
        name = "wecom_socket" if channel == "wecom_bot" else channel
        up = self.town.alive
        hears = any(getattr(each.channels[name], "connected", False) for each in up)
        return hears and len(up) == len(self.town.processes)

    def _look(self) -> None:
        """What is being said where nobody hears it at the moment may be lost."""
        deaf = [each for each in CONNECTIONS if not self._connected(each)]
        self._shade(frozenset(deaf))

    def _balance(self) -> None:
        """The load balancer in front of the callbacks."""
        process = self._chance.choice(self.town.processes)
        self.town.stage.app.callback_url = f"{process.address}/wecom/callback"

    # -- time -----------------------------------------------------------------------------------

    async def _breathe(self) -> None:
        """Let things happen; a call that is being made has the time that calls have."""
        await asyncio.sleep(BREATH)
        for _ in range(6):
            if not any(made.postman._tasks for made in self.town.alive):
                return
            await asyncio.sleep(BREATH)

    async def _clear_up(self) -> None:
        """All is well again: what waits has three hours to arrive."""
        for undo, _, _ in self._faults.values():
            undo()
        self._faults.clear()
        while self._going:
            await asyncio.wait(set(self._going))
        for process in self.town.processes:
            # a promise is kept by the next start
            await process.kill()
            await process.start()
        for _ in range(3 * 20):
            self.town.clock.advance(timedelta(minutes=3))
            await self._breathe()
        for application in self.town.alive:
            await application.settle()

    def _begin(self, work: object) -> None:
        assert asyncio.iscoroutine(work)
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._going.add(task)
        task.add_done_callback(self._going.discard)
