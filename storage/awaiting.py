"""Accounts of people with rights over others, which a second person has to vouch for.

Until then they have a teacher's rights (storage.senders). Knows no platform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update

from storage.accounts import ACCOUNT_COLUMNS, Account
from storage.overseers import Overseers
from storage.people import People, Person
from storage.tables import accounts
from storage.unit import Unit

TEACHER, SCHOOL, COUNTY = "teacher", "school_admin", "county_admin"
# what a school's administrator may vouch for; the rest is the county's
OF_CLASSES = frozenset({TEACHER, "class_tutor", "workshop_leader"})


class Awaiting:
    """Reading and settling them."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def all(self) -> Sequence[Account]:
        """All that wait, the oldest first."""
        rows = self._unit.rows(
            select(*ACCOUNT_COLUMNS).where(accounts.c.awaits.is_(True)).order_by(accounts.c.id)
        )
        return [Account(*row) for row in rows]

    def given(self, by: int, at: datetime) -> Sequence[Account]:
        """Those that one person's import gave at this moment."""
        return [each for each in self.all() if each.issued_by == by and each.bound_at == at]

    def by_id(self, number: int) -> Account | None:
        """One that still waits."""
        return next((each for each in self.all() if each.id == number), None)

    def confirm(self, number: int, by: int | None) -> bool:
        """Somebody vouched for it; None: nobody else could. False: it waits no longer."""
        return bool(
            self._unit.run(
                update(accounts)
                .where(accounts.c.id == number, accounts.c.awaits.is_(True))
                .values(awaits=False, confirmed_by_id=by)
            )
        )

    def has_rights(self, person_id: int) -> bool:
        """Whether a person has rights over others, so that their accounts are vouched for."""
        return any(each.role != TEACHER for each in People(self._unit).roles_of(person_id))

    def confirmers(self, account: Account, person: Person) -> Mapping[int, frozenset[str]]:
        """Who may say yes: those in charge of the person, but neither they nor the code's giver."""
        held = {each.role for each in People(self._unit).roles_of(person.id)}
        may = {COUNTY, SCHOOL} if held <= OF_CLASSES else {COUNTY}
        found = Overseers(self._unit).of(person.organisation_path, may)
        return {
            number: roles
            for number, roles in found.items()
            if number not in (account.person_id, account.issued_by)
        }

    def needs_nobody(self, account: Account, person: Person) -> bool:
        """Where no second person is there: the county's only officer sees all of it anyway.

        Another officer's account is none of their making: that takes the command line.
        """
        if account.issued_by is None:
            return True
        roster = People(self._unit)
        giver = {each.role for each in roster.roles_of(account.issued_by)}
        held = {each.role for each in roster.roles_of(person.id)}
        return COUNTY in giver and COUNTY not in held and not self.confirmers(account, person)
