"""A stateful fake of a OneBot v11 implementation (NapCat, LLBot or plain) with its QQ world."""

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.screen import Kind, Shown
from simulator.onebot.cq import Segment
from simulator.onebot.dialects import DIALECTS
from simulator.onebot.fake import FakeOneBot
from simulator.onebot.faults import Faults
from simulator.onebot.limits import Limits
from simulator.onebot.records import Group, Media, Membership, Message, Role
from simulator.onebot.reverse import Dial

__all__ = [
    "DIALECTS",
    "Delivery",
    "Dial",
    "FakeOneBot",
    "Faults",
    "Group",
    "Kind",
    "Limits",
    "Media",
    "Membership",
    "Message",
    "NotOnScreenError",
    "Role",
    "Segment",
    "Shown",
]
