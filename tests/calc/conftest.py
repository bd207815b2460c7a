"""A live LibreOffice for the tests of this folder: one for all, a fresh workbook and state folder per test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.calc.office import Office

if TYPE_CHECKING:
    from tests.calc.lo_engine_desk import Desk


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """Return a running office; the marker ``calc`` asks for one that is installed."""
    running = Office()
    yield running
    running.close()


@pytest.fixture
def desk_for(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Callable[..., Desk]]":
    """Return a function that opens a copy of a workbook; the template by default."""
    from tests.calc.lo_engine_desk import TEMPLATE, Desk

    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    desks: list[Desk] = []

    def make(source: Path = TEMPLATE, *, saved: bool = True) -> Desk:
        desks.append(Desk(office, tmp_path, source, saved=saved))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()
