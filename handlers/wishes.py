"""How an officer wants a notice to leave: to people, into groups, at once or after quiet hours.

Values in, values out; kept beside the notice's audience.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from handlers.contract import SHANGHAI
from handlers.rules.quiet_hours import DEFAULT, next_allowed
from handlers.slots import Slots

NO, ALSO, ONLY = "no", "also", "only"
_GROUP = re.compile(
    r"群(?:里|内|中|聊)|(?:发到|发在|发进|发往|班级|班|工作坊|工作|微信|企微|企业微信|QQ|qq)群(?!发)"
)
_PEOPLE_TOO = re.compile(
    r"也|同时|都发|一并|连同|(?:和|跟|与|加|、)(?:个人|本人|私聊|私信)|(?:个人|私聊|私信)"
)
_AT_ONCE = re.compile(
    r"紧急(?!停)|加急|现在就发|马上(?:发|通知|告诉|给)|立即(?:发|通知|告诉|给)|立刻(?:发|通知|告诉|给)|火速"
)
_EVERYBODY_CALLED = re.compile(r"[@＠艾]特?(?:所有人|全体|全员|all)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wishes:
    """`groups`: NO, ALSO or ONLY. `urgent`: does not wait for the end of quiet hours.

    `call_all`: everybody of a group is called with @.
    """

    groups: str = NO
    urgent: bool = False
    call_all: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the notice."""
        return {"groups": self.groups, "urgent": self.urgent, "call_all": self.call_all}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Wishes:
        """Read it back out of a notice's audience; older notices know nothing of it."""
        return cls(
            _groups(body.get("groups")), bool(body.get("urgent")), bool(body.get("call_all"))
        )

    def slots(self) -> dict[str, str]:
        """As the next step of a talk carries it."""
        said = {"urgent": self.urgent, "call_all": self.call_all}
        slots = {name: "1" for name, wished in said.items() if wished}
        return slots if self.groups == NO else {"groups": self.groups, **slots}

    @classmethod
    def from_slots(cls, slots: Slots) -> Wishes:
        """Read them back."""
        return cls(
            _groups(slots.text("groups")),
            slots.text("urgent") is not None,
            slots.text("call_all") is not None,
        )

    @classmethod
    def of_words(cls, head: str) -> Wishes:
        """What the words before the notice say: 在信息技术1班群里通知 means the group alone."""
        groups = NO
        if names_group(head):
            groups = ALSO if _PEOPLE_TOO.search(head) else ONLY
        return cls(
            groups,
            _AT_ONCE.search(head) is not None,
            _EVERYBODY_CALLED.search(head) is not None,
        )

    def in_groups(self, groups: str | None) -> Wishes:
        """The same with another wish for groups."""
        return replace(self, groups=_groups(groups))


def names_group(head: str) -> bool:
    """Whether the words speak of a group chat."""
    return _GROUP.search(head) is not None


def leaves_at(now: datetime, wishes: Wishes) -> datetime:
    """When a notice that is confirmed now leaves."""
    return now if wishes.urgent else next_allowed(now, DEFAULT)


def when_words(at: datetime, now: datetime) -> str:
    """明早 7:30, 今天 14:00."""
    moment, present = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    morning = moment.hour < 12  # noqa: PLR2004 - noon
    today = "今早" if morning else "今天"
    day = today if moment.date() == present.date() else "明早" if morning else "明天"
    return f"{day} {moment.hour}:{moment.minute:02}"


def _groups(value: object) -> str:
    return value if isinstance(value, str) and value in (ALSO, ONLY) else NO
