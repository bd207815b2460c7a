"""Book, backup and manifest are one commit: all of a run or nothing of it, whoever else writes."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_python_api import sample, write_book
from xlalm.app.run import solve as running
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs.rerun import restore
from xlalm.cli import main
from xlalm.domain.errors import Refused
from xlalm.workbook.package.held import held, uninterrupted
from xlalm.workbook.package.package import Package
from xlalm.workbook.reading import read_tables


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_book(tmp_path / "bank.xlsx", sample())


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def beside(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.with_name(f"{path.stem}.manifest.json").read_text())
    return document


def saved_by_a_colleague(path: Path) -> bytes:
    """Save the book with another maximum of its first position, without touching its time."""
    before = path.stat()
    tables, _ = read_tables(path)
    cell = tables["Positions"].cell(0, "max")
    package = Package.open(path)
    package.write_cells(cell.sheet, {(cell.row, cell.column): 12345.0})
    package.save()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return path.read_bytes()


def meanwhile(monkeypatch: pytest.MonkeyPatch, do: Any) -> None:
    """Do something between the reading of a book and the writing of its answer."""
    real = running.solved

    def slow(*args: Any, **options: Any) -> Any:
        run = real(*args, **options)
        do()
        return run

    monkeypatch.setattr(verbs, "solved", slow)


# --- one reading ---


def test_the_answer_to_old_inputs_never_enters_the_new_book(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: saved_by_a_colleague(path))
    with pytest.raises(
        Refused, match=r"bank\.xlsx was saved by someone else while the run went on.*run again; the answer"
    ):
        verbs.solve(path)
    assert read_tables(path)[0]["Positions"].columns["max"][0] == 12345.0
    assert not any(table.name == "Allocation" for table in Package.open(path).tables())
    (kept,) = path.parent.glob("bank.answer-*.xlsx")
    assert any(table.name == "Allocation" for table in Package.open(kept).tables())
    assert read_tables(kept)[0]["Positions"].columns["max"][0] != 12345.0
    assert names(path) == sorted([kept.name, f"{kept.stem}.manifest.json", path.name])
    assert beside(kept)["workbook"] == kept.name


def test_another_target_gets_inputs_and_answer_of_one_reading(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: saved_by_a_colleague(path))
    out = path.with_name("out.xlsx")
    verbs.solve(path, out=out)
    assert read_tables(out)[0]["Positions"].columns["max"][0] != 12345.0
    assert read_tables(path)[0]["Positions"].columns["max"][0] == 12345.0


def test_a_book_deleted_meanwhile_leaves_the_answer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, path.unlink)
    with pytest.raises(Refused, match="the answer to the inputs of then is in"):
        verbs.solve(path)
    assert not path.exists()
    assert list(path.parent.glob("bank.answer-*.xlsx"))


# --- the manifest ---


@pytest.mark.parametrize("how", ["folder", "lock", "long name"])
def test_no_manifest_no_change(path: Path, how: str) -> None:
    """What keeps the manifest from being written keeps the book as it is; a bad end never left a changed book."""
    out, manifest = path, path.with_name("bank.manifest.json")
    if how == "folder":
        manifest.mkdir()
    elif how == "lock":
        path.with_name(".~lock.bank.manifest.json#").write_text("x")
    else:
        out = path.with_name("n" * 228 + ".xlsx")
    before, there = path.read_bytes(), names(path)
    with pytest.raises(Refused):
        verbs.solve(path, out=out)
    assert path.read_bytes() == before
    assert names(path) == there


def test_a_book_that_cannot_take_its_place_leaves_the_manifest_of_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verbs.solve(path)
    before, there, real = beside(path), names(path), os.replace

    def refuse(source: str | Path, target: str | Path) -> None:
        if Path(target).name == path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(Refused, match="No space left"):
        verbs.solve(path)
    assert beside(path) == before
    assert names(path) == there


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_private_book_has_a_private_manifest(path: Path) -> None:
    path.chmod(0o600)
    verbs.solve(path)
    assert {stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()} == {0o600}
    assert len(names(path)) == 3


def test_restore_takes_no_manifest_of_another_book(path: Path, tmp_path: Path) -> None:
    """``same.xlsx`` and ``same.xlsm`` share the place of their manifests, and files are copied over each other."""
    other = write_book(tmp_path / "other.xlsx", sample())
    verbs.solve(path)
    other.with_name("other.manifest.json").write_bytes(path.with_name("bank.manifest.json").read_bytes())
    before = other.read_bytes()
    with pytest.raises(Refused, match=r"other\.manifest\.json beside other\.xlsx is of bank\.xlsx"):
        restore(other)
    assert other.read_bytes() == before
    assert restore(other, manifest=path.with_name("bank.manifest.json"), write=False).exit_code == 0
    assert restore(path).exit_code == 0


# --- together ---


def test_two_runs_of_one_book_one_wins_and_the_backup_is_the_first_state(path: Path) -> None:
    original = path.read_bytes()
    command = [sys.executable, "-m", "xlalm", "solve", str(path)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [run.communicate() for run in runs]
    assert sorted(run.returncode for run in runs)[0] == 0, said
    for run, (_, complaint) in zip(runs, said, strict=True):
        assert run.returncode == 0 or "was saved by someone else while the run went on" in complaint, complaint
    (kept,) = path.parent.glob("bank.backup-*.xlsx")
    assert kept.read_bytes() == original != path.read_bytes()
    assert beside(path)["workbook"] == "bank.xlsx"
    assert not list(path.parent.glob(".bank*"))


def test_a_lock_is_waited_for_and_leaves_nothing(path: Path) -> None:
    order, entered = [], threading.Event()

    def second() -> None:
        entered.wait()
        with held(path):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with held(path):
        entered.set()
        thread.join(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert names(path) == ["bank.xlsx"]


def test_a_lock_that_is_never_let_go_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlalm.workbook.package.held._PATIENCE_S", 0.05)
    with held(path), pytest.raises(Refused, match=r"another run of xlalm is writing bank\.xlsx"), held(path):
        pass


@pytest.fixture
def ctrl_c_counts() -> Iterator[None]:
    """Let Ctrl-C interrupt, also where the tests run in the background and were started without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
@pytest.mark.usefixtures("ctrl_c_counts")
def test_ctrl_c_while_files_are_put_in_place_comes_too_late(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = os.replace

    def interrupted(source: str | Path, target: str | Path) -> None:
        os.kill(os.getpid(), 2)
        real(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(path)])
    assert ended.value.code == 0
    assert "nothing was written" not in capsys.readouterr().err
    with uninterrupted():
        os.kill(os.getpid(), 2)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), 2)
