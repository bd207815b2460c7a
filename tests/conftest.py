"""What holds for all tests: settings of hypothesis, what they need of the machine, no committed workbook written to.

There are no deadlines, since machines differ. A test that fails on one run must fail on the next, so examples come from
the test and are not drawn at random. New ones are looked for by a run of its own, by night or before a release, which
prints how to repeat each failure (a test that states its own number of examples keeps it)::

    XLALM_HYPOTHESIS=random python -m pytest -m "long or not long"
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.needs import of_test, require

settings.register_profile("everyday", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "random",
    deadline=None,
    derandomize=False,
    print_blob=True,
    max_examples=500,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("XLALM_HYPOTHESIS", "everyday"))

ROOT = Path(__file__).resolve().parents[1]
BOOK_FOLDERS = ("workbooks", "tests/app/books")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Ask for the pieces of the machine before any fixture uses them."""
    require(of_test(item))


def _books() -> dict[str, bytes]:
    """Return what the folders of committed workbooks hold, backups and manifests that a run left there included."""
    places = [place for folder in BOOK_FOLDERS for place in (ROOT / folder).rglob("*")]
    kinds = (".xlsx", ".xlsm", ".json")
    found = [place for place in places if place.suffix in kinds and not place.name.startswith(("~$", ".~lock"))]
    return {place.relative_to(ROOT).as_posix(): place.read_bytes() for place in found}


@pytest.fixture(scope="session", autouse=True)
def _committed_books_stay_as_they_are() -> Iterator[None]:
    """Fail where a test wrote to a committed workbook or beside it: tests work on copies."""
    before = _books()
    yield
    after = _books()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not changed, f"tests wrote to {', '.join(changed)}; give them a copy in tmp_path"
