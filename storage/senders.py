"""Who writes from an account and where their conversation stands: all that a turn begins with.

One read instead of four: on the main path each statement costs as much as a whole answer's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, select

from storage.people import PERSON_COLUMNS, HeldRole, Person, person_of
from storage.prepared import Prepared
from storage.tables import accounts, organisations, pending_questions, people, roles
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Sender:
    """`person` None: the account is nobody's. `talk`: what was kept of it and still counts."""

    person: Person | None
    roles: tuple[HeldRole, ...]
    talk: Mapping[str, Any] | None


_me = select(
    bindparam("channel", type_=String).label("channel"),
    bindparam("account", type_=String).label("account"),
).subquery("me")
_branch = organisations.alias("branch")
# A row for each role, and one for who has none or is unknown.
_SENDER = Prepared(
    select(
        *PERSON_COLUMNS,
        pending_questions.c.body.label("talk"),
        pending_questions.c.expires_at.label("talk_until"),
        roles.c.role,
        roles.c.organisation_id.label("role_organisation_id"),
        _branch.c.path.label("role_path"),
        accounts.c.awaits,
    )
    .select_from(
        # one after another: SQLite would read all accounts for a join inside an outer join
        _me.outerjoin(
            accounts,
            (accounts.c.channel == _me.c.channel) & (accounts.c.account == _me.c.account),
        )
        .outerjoin(people, accounts.c.person_id == people.c.id)
        .outerjoin(organisations, people.c.organisation_id == organisations.c.id)
        .outerjoin(
            pending_questions,
            (pending_questions.c.channel == _me.c.channel)
            & (pending_questions.c.account == _me.c.account),
        )
        .outerjoin(roles, roles.c.person_id == people.c.id)
        .outerjoin(_branch, roles.c.organisation_id == _branch.c.id)
    )
    .order_by(roles.c.id)
)


class Senders:
    """Reading who writes."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of(self, channel: str, account: str, now: datetime) -> Sender:
        """The person an account is bound to, with roles and the conversation's state."""
        rows = self._unit.rows(_SENDER, {"channel": channel, "account": account})
        first = rows[0]
        counts = first.talk_until is not None and first.talk_until > now
        return Sender(
            person=None if first.id is None else person_of(first),
            roles=tuple(
                HeldRole(row.role, row.role_organisation_id, row.role_path)
                for row in rows
                # nobody has vouched for this account yet: it has a teacher's rights
                if row.role is not None and not row.awaits
            ),
            talk=first.talk if counts else None,
        )
