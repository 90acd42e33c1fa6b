"""Is every known difference from DynamoDB Local told to users?"""

from pathlib import Path

from tests.known_exceptions import KNOWN_EXCEPTIONS


def test_every_exception_is_documented() -> None:
    """docs/local-engine.md has a row for each known exception, and no name stands twice."""
    page = (Path(__file__).parents[1] / "docs" / "local-engine.md").read_text()
    names = [exception.name for exception in KNOWN_EXCEPTIONS]
    assert len(names) == len(set(names))
    for exception in KNOWN_EXCEPTIONS:
        assert f"| `{exception.name}` | {exception.local} | {exception.service} | {exception.source} |" in page
