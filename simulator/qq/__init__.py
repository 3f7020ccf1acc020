"""A faithful, stateful fake of the official QQ platform, written from its published protocol."""

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.rates import Rate
from simulator.common.screen import Button, Card, Kind, Shown
from simulator.qq.errors import ApiError
from simulator.qq.fake import FakeQQ
from simulator.qq.faults import Faults
from simulator.qq.limits import Limits
from simulator.qq.records import (
    Bot,
    Group,
    Hears,
    Interaction,
    Person,
    Scene,
    Seat,
    Standing,
    Transport,
)

__all__ = [
    "ApiError",
    "Bot",
    "Button",
    "Card",
    "Delivery",
    "FakeQQ",
    "Faults",
    "Group",
    "Hears",
    "Interaction",
    "Kind",
    "Limits",
    "NotOnScreenError",
    "Person",
    "Rate",
    "Scene",
    "Seat",
    "Shown",
    "Standing",
    "Transport",
]
