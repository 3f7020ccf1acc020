"""Which ways write into a group chat, by the namespace of the chat's id. Pure.

A group that we hear belongs to the realm of its messages (on QQ people have other ids in groups,
so that realm is called qq_group); a way that only writes has a namespace of its own name.
"""

from __future__ import annotations

from handlers.ways import Ways

OF_GROUPS = "_group"


def ways_into(channel: str, ways: Ways) -> tuple[str, ...]:
    """The names of the ways that may write first into such a group, in the office's order."""
    return tuple(
        name
        for name, can in ways.items()
        if can.group_push
        and (
            channel == name
            or (can.groups and bool(can.realm) and channel in (can.realm, can.realm + OF_GROUPS))
        )
    )


def ways_heard_in(channel: str, ways: Ways) -> tuple[str, ...]:
    """The names of the ways that hear such a group, whether or not they may write first."""
    return tuple(
        name
        for name, can in ways.items()
        if can.groups and bool(can.realm) and channel in (can.realm, can.realm + OF_GROUPS)
    )
