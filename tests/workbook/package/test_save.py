"""A save leaves the old workbook or the new one, whole, whatever happens in between."""

from __future__ import annotations

import datetime as dt
import errno
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter

from xlalm.domain.errors import Refused
from xlalm.workbook.package import save
from xlalm.workbook.package.backup import Backup, backup
from xlalm.workbook.package.package import Package

ROWS = [["new", 1.0], ["new", 2.0], ["new", 3.0]]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    folder.mkdir()
    path = folder / "book.xlsx"
    workbook = xlsxwriter.Workbook(path)
    workbook.add_worksheet("S").add_table("A1:B3", {"name": "T", "data": [["old", 1], ["old", 2]]})
    workbook.close()
    return path


def edited(path: Path) -> Package:
    package = Package.open(path)
    package.write_table("T", ROWS)
    return package


def column(path: Path) -> list[object]:
    return [row[0] for row in python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()][
        1:
    ]


def files(book: Path) -> list[str]:
    return sorted(path.name for path in book.parent.iterdir())


# --- killed ---


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children; needs POSIX")
def test_a_process_killed_at_any_step_leaves_the_old_file_or_the_new_one(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "survivors"
    out.mkdir()
    old = book.read_bytes()
    root = Path(__file__).parents[3]
    command = [sys.executable, str(Path(__file__).with_name("killed_save.py")), str(book), str(out)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    killed = int(done.stdout.split()[-1])
    assert killed > 30
    seen = []
    for step in range(1, killed + 2):
        survivor = out / f"{step}.xlsx"
        if survivor.read_bytes() == old:
            seen.append("old")
            continue
        with zipfile.ZipFile(survivor) as archive:
            assert archive.testzip() is None
        assert column(survivor) == ["new"] * 3
        seen.append("new")
    # Old up to the rename, new from then on, and never anything else.
    assert seen == ["old"] * seen.count("old") + ["new"] * seen.count("new")
    assert seen.count("new") >= 3
    edited(book).save()  # what the killed ones left behind is in nobody's way
    assert column(book) == ["new"] * 3


def test_what_a_killed_save_left_is_swept_after_an_hour(book: Path) -> None:
    old, young = (book.with_name(f".book.xlsx.{name}.xlalm-new") for name in ("old", "young"))
    other = book.with_name(".other.xlsx.abc.xlalm-new")
    for leftover in (old, young, other):
        leftover.write_bytes(b"half")
    os.utime(old, (0, 0))
    os.utime(other, (0, 0))
    edited(book).save()
    assert files(book) == sorted([young.name, other.name, "book.xlsx"])


# --- failing ---


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_file_and_nothing_else(
    book: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    old = book.read_bytes()
    package = edited(book)
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(Refused, match=r"book\.xlsx could not be written \(No space left on device"):
        package.save()
    assert book.read_bytes() == old
    assert files(book) == ["book.xlsx"]


def test_a_file_that_does_not_read_back_never_takes_the_old_ones_place(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = book.read_bytes()
    package = edited(book)
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda _self: "xl/workbook.xml")
    with pytest.raises(Refused, match=r"part xl/workbook\.xml did not read back"):
        package.save()
    assert book.read_bytes() == old
    assert files(book) == ["book.xlsx"]


def test_windows_lets_go_of_a_file_after_a_moment_or_the_user_is_told(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.replace, []

    def held(source: object, target: object) -> None:
        calls.append(target)
        if len(calls) < held_for:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        real(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(save.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(os, "replace", held)
    held_for = 3
    edited(book).save()
    assert column(book) == ["new"] * 3
    calls.clear()
    held_for = 99
    with pytest.raises(Refused, match=r"book\.xlsx is open in another program; close it there"):
        edited(book).save()
    assert files(book) == ["book.xlsx"]


# --- held open ---


def owner_file(name: str) -> bytes:
    """What Excel puts beside an open workbook: the user's name in ANSI and in UTF-16, 165 bytes in all."""
    narrow = name.encode("cp1252", "replace")
    data = bytes([len(narrow)]) + narrow.ljust(54)
    data += bytes([len(name), 0]) + name.encode("utf-16-le")
    return data.ljust(165, b"\x20")


@pytest.mark.parametrize("name", ["Ada Lovelace", "Zoë Müller"])
def test_a_book_excel_holds_open_is_refused_with_the_name(book: Path, name: str) -> None:
    old = book.read_bytes()
    package = edited(book)
    book.with_name("~$book.xlsx").write_bytes(owner_file(name))
    with pytest.raises(Refused, match=rf"book\.xlsx is open in Excel by {name}; close it there"):
        package.save()
    assert book.read_bytes() == old
    book.with_name("~$book.xlsx").unlink()
    package.save()
    assert column(book) == ["new"] * 3


@pytest.mark.parametrize("data", [b"", b"\x05", bytes(165), b"\xff" * 165])
def test_an_owner_file_that_names_nobody(book: Path, data: bytes) -> None:
    book.with_name("~$book.xlsx").write_bytes(data)
    with pytest.raises(Refused, match=r"is open in Excel.*delete the leftover file ~\$book\.xlsx"):
        edited(book).save()


def test_a_book_libreoffice_holds_open_is_refused(book: Path) -> None:
    book.with_name(".~lock.book.xlsx#").write_text(",ada,host,21.11.2026 08:00,file:///;")
    with pytest.raises(Refused, match="is open in LibreOffice"):
        edited(book).save()


def test_a_book_that_cannot_be_opened_for_writing_is_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def shared(self: Path, mode: str = "r", *args: object, **options: object) -> object:
        if mode == "r+b" and self.name == "book.xlsx":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, mode, *args, **options)  # type: ignore[call-overload]

    package = edited(book)
    monkeypatch.setattr(Path, "open", shared)
    with pytest.raises(Refused, match=r"book\.xlsx is read-only or open in Excel"):
        package.save()


def test_a_book_someone_else_saved_meanwhile_is_not_overwritten(book: Path) -> None:
    package, status = edited(book), book.stat()
    other = Package.open(book)
    other.write_table("T", [["theirs", 1.0]])
    other.save()
    os.utime(book, ns=(status.st_atime_ns, status.st_mtime_ns))  # clocks of file servers are coarse: content decides
    theirs = book.read_bytes()
    with pytest.raises(Refused, match="was changed by someone else since it was read; nothing was written"):
        package.save()
    assert book.read_bytes() == theirs
    assert files(book) == ["book.xlsx"]


def test_a_book_that_was_only_touched_is_written(book: Path) -> None:
    package = edited(book)
    os.utime(book, (1, 1))
    package.save()
    assert column(book) == ["new"] * 3


def test_a_book_deleted_meanwhile_does_not_come_back(book: Path) -> None:
    package = edited(book)
    book.unlink()
    with pytest.raises(Refused, match="was changed by someone else"):
        package.save()
    assert files(book) == []


def test_the_same_package_saves_twice(book: Path) -> None:
    package = edited(book)
    package.save()
    package.write_cells("S", {(10, 1): "more"})
    package.save()
    assert column(book)[-1] == "more"


# --- the file itself ---


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_a_saved_file_keeps_the_mode_of_the_book_and_a_new_one_and_a_backup_get_it(book: Path, mode: int) -> None:
    """A book that only its owner may read makes no copy that others may."""
    book.chmod(mode)
    edited(book).save()
    edited(book).save(book.with_name("new.xlsx"))
    kept = backup(book).path
    assert [stat.S_IMODE(path.stat().st_mode) for path in (book, book.with_name("new.xlsx"), kept)] == [mode] * 3


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="extended attributes of Linux")
def test_extended_attributes_stay(book: Path) -> None:
    try:
        os.setxattr(book, "user.label", b"confidential")
    except OSError as fault:
        pytest.skip(f"this file system keeps no extended attributes ({fault})")
    edited(book).save()
    assert os.getxattr(book, "user.label") == b"confidential"
    assert os.getxattr(backup(book).path, "user.label") == b"confidential"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_stays_a_link(book: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(book)
    package = Package.open(link)
    package.write_table("T", ROWS)
    package.save()
    assert link.is_symlink()
    assert column(book) == ["new"] * 3


def test_a_folder_that_is_not_there_is_named(book: Path) -> None:
    with pytest.raises(Refused, match=r"new\.xlsx could not be written"):
        edited(book).save(book.parent / "nowhere" / "new.xlsx")


# --- the day's backup ---


DAY = dt.date(2026, 11, 21)
KEPT = "book.backup-2026-11-21.xlsx"


def test_one_backup_a_day_holds_the_book_before_the_first_run(book: Path) -> None:
    first = book.read_bytes()
    kept = backup(book, today=DAY)
    assert kept.is_new
    assert kept.path == book.with_name(KEPT)
    edited(book).save()
    again = backup(book, today=DAY)
    assert again.path == kept.path
    assert not again.is_new
    assert kept.path.read_bytes() == first
    assert backup(str(book), today=dt.date(2026, 11, 22)).path.read_bytes() == book.read_bytes() != first
    assert files(book) == [KEPT, "book.backup-2026-11-22.xlsx", "book.xlsx"]


def test_only_the_run_that_made_a_backup_takes_it_back(book: Path) -> None:
    made, met = backup(book, today=DAY), backup(book, today=DAY)
    met.take_back()
    assert made.path.exists()
    made.take_back()
    assert files(book) == ["book.xlsx"]


@pytest.mark.parametrize("how", ["empty", "folder", "link", "dangling link", "broken", "text"])
def test_what_is_no_workbook_is_no_backup(book: Path, how: str) -> None:
    """It stays as it is, and the copy gets a number."""
    there, victim = book.with_name(KEPT), book.with_name("victim.txt")
    victim.write_text("precious")
    match how:
        case "empty":
            there.touch()
        case "folder":
            there.mkdir()
        case "link":
            there.symlink_to(victim)
        case "dangling link":
            there.symlink_to(book.with_name("nowhere"))
        case "broken":
            there.write_bytes(book.read_bytes()[:-100])
        case "text":
            there.write_text("no workbook")
    kept = backup(book, today=DAY)
    assert kept.path.name == "book.backup-2026-11-21-2.xlsx"
    assert kept.path.read_bytes() == book.read_bytes()
    assert victim.read_text() == "precious"
    assert not book.with_name("nowhere").exists()
    assert backup(book, today=DAY) == save_again(kept)


def save_again(kept: Backup) -> Backup:
    return Backup(kept.path, is_new=False)


def test_a_backup_made_at_the_same_moment_by_another_run_stays(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other's copy appears between the look and the making; it is kept, and not counted as ours."""
    real = os.link

    def late(source: str | Path, target: str | Path) -> None:
        book.with_name(KEPT).write_bytes(b"theirs")
        real(source, target)

    monkeypatch.setattr(os, "link", late)
    kept = backup(book, today=DAY)
    assert not kept.is_new
    kept.take_back()
    assert kept.path.read_bytes() == b"theirs"
    assert files(book) == [KEPT, "book.xlsx"]


def test_a_file_system_without_hard_links_makes_backups_too(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    kept = backup(book, today=DAY)
    assert kept.is_new
    assert kept.path.read_bytes() == book.read_bytes()


def test_a_backup_that_fails_says_so(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Refused, match="could not be written"):
        backup(book)
    assert files(book) == ["book.xlsx"]
