"""Sessions of channels: nobody opens one that nobody will close."""

from __future__ import annotations

import pytest

from bot.channels.session import EndedError, Session


async def test_one_session_as_long_as_it_lives() -> None:
    session = Session()
    assert session.now() is session.now()
    await session.close()
    assert session._open is not None
    assert session._open.closed


async def test_a_late_call_opens_no_new_one() -> None:
    """Found as a leak in the whole test run: QQ opened a session again after its end."""
    for used in (True, False):
        session = Session()
        if used:
            session.now()
        await session.close()
        with pytest.raises(EndedError):
            session.now()
