"""What a run would write over is looked at before anything runs."""

import json
import os
import shutil
from pathlib import Path

import pytest

import xlalm
from tests.app.test_python_api import sample, write_book
from xlalm.cli import main
from xlalm.domain.errors import Refused


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "bank.xlsx", sample())


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Return exit code and last line of complaint."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    complaint = capsys.readouterr().err.strip().splitlines()
    assert isinstance(ended.value.code, int)
    return ended.value.code, complaint[-1] if complaint else ""


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_json_never_replaces_a_book(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(book.parent)
    for verb in ("solve", "check", "explain"):
        code, said = run(capsys, verb, book, "--json", book)
        assert (code, said) == (
            2,
            "xlalm: bank.xlsx is what this run reads; the JSON would replace it; give another name.",
        )
    assert files(book.parent) == before


@pytest.mark.parametrize("way", ["./bank.xlsx", "folder/../bank.xlsx", "link.xlsx"])
def test_another_way_to_the_same_file_is_the_same_file(
    book: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (book.parent / "folder").mkdir()
    (book.parent / "link.xlsx").symlink_to(book)
    assert run(capsys, "check", book, "--json", book.parent / way)[0] == 2
    assert book.read_bytes().startswith(b"PK")


def test_outputs_have_names_of_their_own(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, out = files(book.parent), book.with_name("out.xlsx")
    code, said = run(capsys, "solve", book, "--out", out, "--json", out)
    assert (code, said) == (
        2,
        "xlalm: out.xlsx would be written twice, as workbook and as JSON; give each a name of its own.",
    )
    code, said = run(capsys, "solve", book, "--out", out, "--json", book.with_name("out.manifest.json"))
    assert code == 2
    assert "would be written twice, as manifest and as JSON" in said
    assert files(book.parent) == before


@pytest.mark.parametrize("name", ["holiday.jpg", "notes.json", "other.xlsx"])
def test_a_file_that_is_not_ours_is_replaced_only_by_force_after_a_backup(
    book: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = book.with_name(name)
    if name == "other.xlsx":
        shutil.copy(book, there)
    else:
        there.write_bytes(b'{"mine": 1}')
    before = there.read_bytes()
    arguments = ("solve", book, "--out", there) if name == "other.xlsx" else ("check", book, "--json", there)
    code, said = run(capsys, *arguments)
    assert code == 2
    assert "is there already and is no" in said
    assert "--force, which keeps a backup" in said
    assert there.read_bytes() == before
    assert run(capsys, *arguments, "--force")[0] == 0
    assert there.read_bytes() != before
    (kept,) = book.parent.glob(f"{there.stem}.backup-*{there.suffix}")
    assert kept.read_bytes() == before


def test_a_manifest_of_the_user_stays(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, before = book.with_name("bank.manifest.json"), book.read_bytes()
    mine.write_text('{"ship": "cargo"}')
    code, said = run(capsys, "solve", book)
    assert code == 2
    assert "bank.manifest.json is there already and is no manifest that xlalm wrote" in said
    assert mine.read_text() == '{"ship": "cargo"}'
    assert book.read_bytes() == before


def test_what_an_earlier_run_of_the_book_wrote_is_written_again(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, document = book.with_name("out.xlsx"), book.with_name("out.json")
    for _ in range(2):
        assert run(capsys, "solve", book, "--out", out, "--json", document)[0] == 0
        assert run(capsys, "frontier", book, "--out", book.with_name("f.xlsx"))[0] == 0
        assert run(capsys, "solve", book)[0] == 0
    assert json.loads(document.read_text())["status"] == "optimal"
    assert not list(book.parent.glob("out.backup-*"))


def test_another_book_solved_by_us_is_not_ours_to_replace(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It bears our results, and the only copy of somebody's inputs."""
    other = write_book(book.with_name("other.xlsx"), sample())
    assert run(capsys, "solve", other)[0] == 0
    before = other.read_bytes()
    assert run(capsys, "solve", book, "--out", other)[0] == 2
    assert other.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_pipes_and_folders_are_no_targets(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe, folder = book.with_name("pipe.xlsx"), book.with_name("folder")
    os.mkfifo(pipe)
    folder.mkdir()
    for option in ("--out", "--json"):
        assert run(capsys, "solve", book, option, pipe) == (2, "xlalm: pipe.xlsx is a device or a pipe; name a file.")
    assert run(capsys, "solve", book, "--json", folder) == (2, "xlalm: folder is a folder; name a file.")
    said = f"xlalm: {folder} is a folder; name a file in it, ending in .xlsx."
    assert run(capsys, "solve", book, "--out", folder) == (2, said)
    assert pipe.is_fifo()


def test_python_is_as_careful(book: Path) -> None:
    other = write_book(book.with_name("other.xlsx"), sample())
    with pytest.raises(Refused, match="is there already"):
        xlalm.solve(book, out=other)
    assert xlalm.solve(book, out=str(other), force=True).status == "optimal"
    assert xlalm.solve(book, out=other).status == "optimal"
