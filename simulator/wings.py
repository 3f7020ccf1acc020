"""Where people wait before they come onto another platform of the stage: the chat page's casting.

Somebody comes on when they first write there, known to the bot as they are on WeCom; a class's
group is opened when somebody first writes into it, with the whole class in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from simulator.clock import SimClock
from simulator.common.acting import NotOnScreenError
from simulator.page.world import Person
from simulator.troupe import Identity, Troupe


class Binder(Protocol):
    """The bot under test, as far as it must be told who is who."""

    def bind(self, name: str, account: str, now: datetime, realm: str = ...) -> bool:
        """Give somebody of the roster this account; False for a stranger."""

    def bind_group(self, name: str, chat: str, realm: str) -> bool:
        """Tie a group chat to the class of that name; False where there is no such class."""


class House(Protocol):
    """What is known of everybody who can be played."""

    clock: SimClock

    def people(self) -> Sequence[Person]:
        """Everybody."""

    def person(self, userid: str) -> Person:
        """KeyError for nobody."""

    def account(self, name: str) -> str | None:
        """The first to have this name."""

    def bound(self, userid: str) -> bool:
        """Whether the bot knows this account."""

    def classes(self, userid: str) -> Sequence[str]:
        """The classes somebody is in."""


class Wings:
    """Who of the page is who on one platform. `production` is set before anybody comes on."""

    def __init__(self, troupe: Troupe, house: House) -> None:
        self.troupe = troupe
        self.production: Binder | None = None
        self._house = house
        self._on: dict[str, str] = {}
        self._told: set[Identity] = set()

    def account(self, userid: str) -> str | None:
        """The account of somebody who is there already."""
        return self._on.get(userid.casefold())

    def userid(self, account: str) -> str | None:
        """Who of the page has this account."""
        return next((who for who, held in self._on.items() if held == account), None)

    def groups(self, userid: str) -> Sequence[str]:
        """The names of the group chats that somebody has, or could have, there."""
        return self._house.classes(userid)

    def come(self, userid: str) -> str:
        """Somebody's account there, from now on known to the bot; KeyError for nobody."""
        account = self._admitted(userid)
        self._introduce(userid, account)
        return account

    def group(self, userid: str, name: str) -> str:
        """The chat of a class's group, with this person in it; NotOnScreenError for another's."""
        if name not in self.groups(userid):
            raise NotOnScreenError(f"没有这个群：{name}")
        account = self._admitted(userid)
        chat = self.troupe.chat(name, account) or self._open(name, account)
        self._introduce(userid, account)
        return chat

    def _open(self, name: str, account: str) -> str:
        chat = self.troupe.open_group(name, account)
        if chat is None:
            raise NotOnScreenError(f"没有这个群：{name}")
        known = self.troupe.group_identity(chat)
        if self.production is not None:
            self.production.bind_group(name, known.account, known.realm)
        for person in self._house.people():
            if name in self._house.classes(person.userid):
                self.troupe.chat(name, self._admitted(person.userid))
        return chat

    def _admitted(self, userid: str) -> str:
        person = self._house.person(userid)
        key = person.userid.casefold()
        if key not in self._on:
            # a troupe knows people by name: a second one of the same name has the unit added
            first = self._house.account(person.name) == person.userid
            name = person.name if first else f"{person.name}（{person.unit}）"
            self._on[key] = self.troupe.account(name) or self.troupe.admit(name)
        return self._on[key]

    def _introduce(self, userid: str, account: str) -> None:
        """Once for each identity: who has unbound an account stays unbound."""
        person = self._house.person(userid)
        known = self._house.bound(person.userid)
        if self.production is None or not known:
            return
        if self._house.account(person.name) != person.userid:
            return  # by name the bot would take them for somebody else
        for each in self.troupe.identities(account):
            if each not in self._told:
                self._told.add(each)
                now = self._house.clock.now()
                self.production.bind(person.name, each.account, now, each.realm)
