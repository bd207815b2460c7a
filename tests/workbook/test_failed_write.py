"""A solve that cannot write leaves the book as it was, and the day's backup what it was."""

import errno
import os
from pathlib import Path

import pytest

from tests.app.test_python_api import sample, write_book
from xlalm.app.verbs import solve as verbs
from xlalm.cli import main
from xlalm.domain.errors import Refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_book(tmp_path / "bank.xlsx", sample())


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("bank.backup-*.xlsx"))


def full_disk(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let no file take the book's place; every other file may be written."""
    replace = os.replace

    def refuse(source: str | Path, target: str | Path) -> None:
        if Path(target).name == path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)


def test_the_first_write_of_a_day_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The book is whole and alone: its backup would only puzzle."""
    before = path.read_bytes()
    full_disk(monkeypatch, path)
    with pytest.raises(Refused, match=r"bank\.xlsx could not be written \(No space left on device"):
        verbs.solve(path)
    assert path.read_bytes() == before
    assert names(path) == ["bank.xlsx"]


def test_a_later_write_of_a_day_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The book is as the first run left it, and the backup still the book before that run."""
    before = path.read_bytes()
    assert verbs.solve(path).exit_code == 0
    (kept,) = backups(path)
    assert kept.read_bytes() == before
    written, there = path.read_bytes(), names(path)
    assert written != before
    full_disk(monkeypatch, path)
    with pytest.raises(Refused, match="could not be written"):
        verbs.solve(path)
    assert path.read_bytes() == written
    assert kept.read_bytes() == before
    assert names(path) == there


def test_another_target_needs_no_backup_and_leaves_the_book(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, out = path.read_bytes(), path.with_name("out.xlsx")
    full_disk(monkeypatch, out)
    with pytest.raises(Refused, match=r"out\.xlsx could not be written"):
        verbs.solve(path, out=out)
    assert path.read_bytes() == before
    assert names(path) == ["bank.xlsx"]
    monkeypatch.undo()
    assert verbs.solve(path, out=out).exit_code == 0
    assert path.read_bytes() == before
    assert backups(path) == []


def test_the_command_says_why_in_one_line(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full_disk(monkeypatch, path)
    with pytest.raises(SystemExit, match="2"):
        main(["solve", str(path)])
    said = capsys.readouterr()
    assert "bank.xlsx could not be written (No space left on device" in said.out + said.err
    assert "Traceback" not in said.out + said.err
    assert names(path) == ["bank.xlsx"]
