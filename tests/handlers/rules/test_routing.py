"""The best of several ways, whatever they can do and whatever is known of the accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.routing import (
    Candidate,
    Standing,
    channels_of,
    group_channels,
    order,
    routes,
    standing,
)
from handlers.rules.shanghai import SHANGHAI
from handlers.ways import GROUP, PRIVATE, Capabilities, ReplyWindow, Ways

NOW = datetime(2021, 7, 12, 8, 25, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


def way(
    *,
    push: bool = True,
    realm: str = "",
    group_push: bool = False,
    needs_talk: bool = False,
    may_refuse: bool = False,
    windows: bool = False,
) -> Capabilities:
    window = {PRIVATE: ReplyWindow(HOUR, 4), GROUP: ReplyWindow(HOUR / 12, 5)} if windows else {}
    return Capabilities(
        push=push,
        groups=group_push,
        buttons=0,
        text_bytes=2048,
        files=False,
        realm=realm,
        group_push=group_push,
        needs_talk=needs_talk,
        may_refuse=may_refuse,
        reply_windows=window,
    )


@pytest.mark.parametrize(
    ("can", "heard", "refused", "expected"),
    [
        (way(), None, False, Standing.OPEN),
        (way(), None, True, Standing.CLOSED),
        (way(push=False), NOW, False, Standing.CLOSED),
        (way(needs_talk=True), None, False, Standing.WAITS),
        (way(needs_talk=True), NOW - 99 * HOUR, False, Standing.OPEN),
        (way(may_refuse=True), None, False, Standing.PRIVILEGE),
        (way(may_refuse=True), NOW - 2 * HOUR, True, Standing.WAITS),
        (way(may_refuse=True, windows=True), NOW - HOUR / 2, True, Standing.HERE),
        (way(may_refuse=True, windows=True), NOW - HOUR, False, Standing.PRIVILEGE),
    ],
)
def test_where_an_account_stands(
    can: Capabilities, heard: datetime | None, refused: bool, expected: Standing
) -> None:
    assert standing(can, NOW, heard_at=heard, refused=refused) is expected


def test_a_group_has_rules_of_its_own() -> None:
    def here(can: Capabilities, heard: datetime | None = None) -> Standing:
        return standing(can, NOW, heard_at=heard, refused=False, place=GROUP)

    assert here(way()) is Standing.CLOSED
    assert here(way(push=False, group_push=True)) is Standing.OPEN
    qq = way(group_push=True, may_refuse=True, windows=True)
    assert here(qq, NOW - HOUR / 20) is Standing.HERE
    assert here(qq, NOW - HOUR / 2) is Standing.PRIVILEGE


WAYS: Ways = {
    "wecom": way(realm="wecom"),
    "wecom_socket": way(realm="wecom", group_push=True, needs_talk=True),
    "wecom_robot": way(push=False, group_push=True),
    "wecom_appchat": way(push=False, group_push=True),
    "qq": way(realm="qq", group_push=True, may_refuse=True, windows=True),
    "onebot": way(realm="onebot", group_push=True, may_refuse=True),
    "wecom_bot": way(push=False, realm="wecom"),
}


def test_which_ways_write_where() -> None:
    assert channels_of("wecom", WAYS) == ["wecom", "wecom_socket"]
    assert channels_of("qq_group", WAYS) == []
    assert group_channels("wecom", WAYS) == ["wecom_socket"]
    assert group_channels("wecom_robot", WAYS) == ["wecom_robot"]
    assert group_channels("wecom_appchat", WAYS) == ["wecom_appchat"]
    assert group_channels("qq_group", WAYS) == ["qq"]
    assert group_channels("onebot", WAYS) == ["onebot"]
    assert group_channels("", WAYS) == []
    # without an app the AI bot writes under the app's name
    assert group_channels("wecom", {"wecom": way(realm="wecom", group_push=True)}) == ["wecom"]


def test_the_cheapest_legal_way_into_a_group() -> None:
    chats = [
        Candidate(name, "g", NOW - HOUR)
        for name in ("onebot", "qq", "wecom_appchat", "wecom_robot", "wecom_socket")
    ]
    best = [each.channel for each in routes(chats, WAYS, NOW, place=GROUP)]
    assert best == ["wecom_socket", "wecom_robot", "wecom_appchat", "qq", "onebot"]
    silent = routes(chats, WAYS, NOW, place=GROUP, silent={"wecom_socket", "wecom_robot"})
    assert silent[0].channel == "wecom_appchat"
    unheard = [Candidate("wecom_socket", "g"), Candidate("qq", "g", None, refused=False)]
    assert routes(unheard, WAYS, NOW, place=GROUP)[0].channel == "qq"


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.sampled_from([*WAYS, "console"]),
        st.sampled_from("abc"),
        st.none() | st.just(NOW - HOUR / 2) | st.just(NOW - 5 * HOUR),
        st.booleans(),
    ),
    max_size=8,
)


@given(CANDIDATES, st.sets(st.sampled_from(list(WAYS))), st.sampled_from([PRIVATE, GROUP]))
def test_nobody_waits_who_could_be_reached(
    candidates: list[Candidate], silent: set[str], place: str
) -> None:
    found = routes(candidates, WAYS, NOW, place=place, silent=silent)
    assert [*found] == sorted(found, key=lambda each: order(each, place=place, silent=silent))
    waits = [each.standing is Standing.WAITS for each in found]
    assert waits == sorted(waits)
    assert all(each.standing is not Standing.CLOSED for each in found)
    known = {(each.channel, each.account) for each in candidates}
    assert {(each.channel, each.account) for each in found} <= known
    assert {each.channel for each in found} <= set(WAYS)
    # the order in which accounts are handed in makes no difference
    again = routes(list(reversed(candidates)), WAYS, NOW, place=place, silent=silent)
    assert {(e.channel, e.account, e.standing) for e in again} == {
        (e.channel, e.account, e.standing) for e in found
    }
