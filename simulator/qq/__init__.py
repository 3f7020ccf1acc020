"""A faithful, stateful fake of the official QQ platform, written from its published protocol."""

from simulator.qq.errors import ApiError
from simulator.qq.fake import FakeQQ
from simulator.qq.faults import Faults
from simulator.qq.limits import Limits, Rate
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
from simulator.wecom.courier import Delivery
from simulator.wecom.errors import NotOnScreenError
from simulator.wecom.screen import Button, Card, Kind, Shown

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
