"""Do the Protocols have what the real sessions show, and do sessions show what is for users, and nothing else?"""

import pytest

from dynexpr import create_async_engine, create_engine
from dynexpr.interfaces import AsyncSessionLike, SessionLike
from dynexpr.orm import AsyncSession, Session

SETTINGS = {"engine", "listeners", "consistent_read", "exactly_once", "overflow"}
"""What a session was made with: a function that is handed one does not ask."""


def visible(of: object) -> set[str]:
    """What completion offers."""
    return {name for name in dir(of) if not name.startswith("_")}


def test_a_session_shows_what_is_for_users() -> None:
    """What an AsyncSession calls of the session inside is left out; what users call is the same in both."""
    with create_engine("local://") as engine:
        shown = visible(Session(engine)) - SETTINGS
    awaited = visible(AsyncSession(create_async_engine("local://"))) - SETTINGS
    assert awaited - shown == {"stream_scalars"}
    assert shown - awaited == set()
    assert {"get", "get_many", "scalars", "add", "commit", "close", "preview"} <= shown


@pytest.mark.parametrize("name", ["loaded", "joined", "committing", "refreshing_all"])
def test_hidden_names_are_not_advised(name: str) -> None:
    """A misspelt name is answered with names that are shown."""
    with create_engine("local://") as engine, pytest.raises(AttributeError) as caught:
        getattr(Session(engine), name + "s")
    assert f"'{name}'" not in str(caught.value)


def test_protocols_have_what_sessions_have() -> None:
    """All that is shown, but for the settings."""
    with create_engine("local://") as engine:
        assert visible(SessionLike) == visible(Session(engine)) - SETTINGS
    assert visible(AsyncSessionLike) == visible(AsyncSession(create_async_engine("local://"))) - SETTINGS
