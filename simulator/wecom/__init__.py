"""A faithful, stateful fake of WeCom (企业微信), written from its published protocol."""

from simulator.wecom.courier import Delivery
from simulator.wecom.errors import ApiError, NotOnScreenError
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.faults import Faults
from simulator.wecom.limits import Limits, Rate
from simulator.wecom.screen import Button, Card, Kind, Shown
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
