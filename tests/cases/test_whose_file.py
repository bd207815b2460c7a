"""A workbook is written only where it may be: the file's own protection, folders and endings are respected.

Read-only files: https://github.com/bmad-code-org/bmad-loop/issues/597, https://github.com/ysangkok/atomic-write/issues/9.
Where and as what to save: https://github.com/xlwings/xlwings/issues/1355.
"""

import stat
from pathlib import Path

import pytest

from tests.cases.bank import BANK, CET1, NII, workbook
from xlalm.app.registry import VERBS
from xlalm.cli import main


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return workbook(tmp_path / "bank.xlsx", {"Positions": BANK, "Limits": [CET1], "Goals": [NII]})


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, list[str]]:
    """Return the exit code and what stands on the screen, line by line."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    shown = capsys.readouterr()
    return end.value.code, (shown.out + shown.err).splitlines()


CALLS = {"report": ["report", "lingo", "bank.xlsx"], "sweep": ["sweep", "bank.xlsx", "Limits!CET1"]}
WRITERS = [name for name, verb in VERBS.items() if verb.in_place and name != "upgrade"]  # which wants Settings first


@pytest.mark.parametrize("verb", WRITERS)
def test_a_read_only_book_is_not_written(book: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """Renaming over a file asks for rights on its folder alone, so its own mark has to be looked at."""
    before = book.read_bytes()
    book.chmod(0o444)
    code, lines = said(CALLS.get(verb, [verb, "bank.xlsx"]), capsys)
    assert (code, lines) == (
        2,
        ["xlalm: bank.xlsx is read-only; write another file (--out), or lift the protection of this one."],
    )
    assert book.read_bytes() == before
    assert stat.S_IMODE(book.stat().st_mode) == 0o444
    assert [path.name for path in book.parent.iterdir()] == ["bank.xlsx"]


def test_a_read_only_book_is_solved_into_another(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book.chmod(0o444)
    code, lines = said(["solve", str(book), "--out", "plan.xlsx"], capsys)
    assert (code, lines[-1]) == (0, "Written: plan.xlsx")
    assert said(["explain", str(book)], capsys)[0] == 0
    assert said(["solve", str(book), "--json", "-"], capsys)[0] == 0


def test_a_manifest_that_cannot_be_written_is_known_before_the_book_is(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = book.read_bytes()
    manifest = book.with_name("bank.manifest.json")
    manifest.write_text('{"inputs_sha256": "", "result_sha256": ""}')
    manifest.chmod(0o444)
    code, (line,) = said(["solve", str(book)], capsys)
    assert code == 2
    assert line.startswith("xlalm: bank.manifest.json is read-only;")
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    ("out", "line"),
    [
        (".", "xlalm: . is a folder; name a file in it, ending in .xlsx."),
        ("", "xlalm: . is a folder; name a file in it, ending in .xlsx."),
        ("folder.xlsx", "xlalm: folder.xlsx is a folder; name a file in it, ending in .xlsx."),
        ("plan.csv", "xlalm: plan.csv does not end in .xlsx, as this workbook does; name it plan.xlsx."),
        ("plan", "xlalm: plan does not end in .xlsx, as this workbook does; name it plan.xlsx."),
        ("plan.xlsm", "xlalm: plan.xlsm does not end in .xlsx, as this workbook does; name it plan.xlsx."),
        ("no/plan.xlsx", "xlalm: there is no folder no for plan.xlsx; make it, or name a file elsewhere."),
    ],
)
@pytest.mark.parametrize("verb", ["solve", "fuzzy", "frontier"])
def test_a_target_that_is_no_workbook(
    book: Path, capsys: pytest.CaptureFixture[str], verb: str, out: str, line: str
) -> None:
    (book.parent / "folder.xlsx").mkdir()
    names = sorted(path.name for path in book.parent.iterdir())
    assert said([verb, str(book), "--out", out], capsys) == (2, [line])
    assert sorted(path.name for path in book.parent.iterdir()) == names


def test_endings_in_capitals_are_endings(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(["solve", str(book), "--out", "PLAN.XLSX"], capsys)[0] == 0
