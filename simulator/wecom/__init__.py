"""A faithful, stateful fake of WeCom (企业微信), written from its published protocol."""

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.rates import Rate
from simulator.common.screen import Button, Card, Kind, Shown
from simulator.wecom.errors import ApiError
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.faults import Faults
from simulator.wecom.limits import Limits
from simulator.wecom.state import AiBot, App, Corp, Group, Member, Robot

__all__ = [
    "AiBot",
    "ApiError",
    "App",
    "Button",
    "Card",
    "Corp",
    "Delivery",
    "FakeWeCom",
    "Faults",
    "Group",
    "Kind",
    "Limits",
    "Member",
    "NotOnScreenError",
    "Rate",
    "Robot",
    "Shown",
]
