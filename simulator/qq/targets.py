"""Where a message goes: the person or group behind an openid, and whether it can be reached."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.qq.errors import ApiError
from simulator.qq.platform import Platform, group_key, user_key
from simulator.qq.records import Bot, Group, Person, Scene, Standing


@dataclass(frozen=True, slots=True)
class Target:
    """`chat` names it on the viewers' screens, `key` in counters."""

    bot: Bot
    scene: Scene
    key: str
    chat: str
    viewers: tuple[str, ...]
    person: Person | None = None
    group: Group | None = None


def user_target(platform: Platform, bot: Bot, openid: str) -> Target:
    """A private chat (单聊): 10001 nobody has this openid at this bot."""
    person = platform.person_of(bot, openid)
    if person is None:
        raise ApiError(10001)
    return at_person(platform, bot, person)


def group_target(platform: Platform, bot: Bot, openid: str) -> Target:
    """A group (群聊): 40034101 no such group at this bot."""
    group = platform.group_of(bot, openid)
    if group is None:
        raise ApiError(40034101)
    return at_group(bot, group)


def at_person(platform: Platform, bot: Bot, person: Person) -> Target:
    chat = private_chat(platform, bot)
    viewers = (person.account,)
    return Target(bot, Scene.USER, user_key(person.account), chat, viewers, person=person)


def at_group(bot: Bot, group: Group) -> Target:
    viewers = tuple(group.members)
    return Target(bot, Scene.GROUP, group_key(group), group.chat, viewers, group=group)


def private_chat(platform: Platform, bot: Bot) -> str:
    """ "c2c" for the first bot, "c2c:APPID" for any other."""
    return "c2c" if next(iter(platform.bots.values())) is bot else f"c2c:{bot.appid}"


def check_reach(target: Target) -> None:
    """Whether anything may be sent there at all, asked or not.

    11265 bot banned, 40054016 taken offline, 40054003 no longer in the group, 40054002 muted,
    40054004 not a friend.
    """
    bot = target.bot
    if bot.standing is Standing.BANNED:
        raise ApiError(11265)
    if bot.standing is Standing.OFFLINE:
        raise ApiError(40054016)
    if target.group is not None:
        seat = target.group.seats.get(bot.appid)
        if seat is None:
            raise ApiError(40054003)
        if seat.muted:
            raise ApiError(40054002)
    if target.person is not None and target.person.account not in bot.friends:
        raise ApiError(40054004)
