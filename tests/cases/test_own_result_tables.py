"""A user's own table that is called like a result is never written into; xlalm's own is, whatever was done to it."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cases.bank import BANK, CET1, NII, workbook
from tests.workbook.package.opening import parts, values
from xlalm.app.verbs.frontier import frontier
from xlalm.app.verbs.report import report
from xlalm.app.verbs.solve import check, solve
from xlalm.app.verbs.sweep import sweep
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.schema.display import header
from xlalm.schema.tables import INPUT_TABLES, RESULT_TABLES, TABLES, table_schema
from xlalm.workbook.ownership import is_ours, other_name, place_of
from xlalm.workbook.package.package import Package

ROOT = Path(__file__).resolve().parents[2]
INPUTS = {"Positions": BANK, "Limits": [CET1], "Goals": [NII]}
WRITERS: dict[str, Callable[[Path], Result]] = {
    "solve": solve,
    "report": lambda book: report("lingo", book),
    "frontier": lambda book: frontier(book, limit="CET1"),
    "sweep": lambda book: sweep(cell="Limits!CET1", book=book, low="12%", high="16%", points=3),
}
AUDIT = [{"No": 1, "Audit finding": "Model not validated since 2023", "Owner": "CRO"}] * 3


def sheet_of(path: Path, sheet: str) -> tuple[bytes, bytes]:
    """Return the parts of a sheet of the test's books and of the one table on it, as they are in the file."""
    at = list(Package.open(path).sheets).index(sheet) + 1
    found = parts(path)
    return found[f"xl/worksheets/sheet{at}.xml"], found[f"xl/tables/table{at}.xml"]


@pytest.mark.parametrize("verb", WRITERS)
def test_users_own_tables_are_left_byte_for_byte(tmp_path: Path, verb: str) -> None:
    """One of every name that a result has: the verb's results stand under other names, and nothing is emptied."""
    book = workbook(tmp_path / "bank.xlsx", INPUTS | dict.fromkeys(RESULT_TABLES, AUDIT))
    before = {name: sheet_of(book, name) for name in RESULT_TABLES}
    result = WRITERS[verb](book)
    assert result.exit_code == 0
    assert {name: sheet_of(book, name) for name in RESULT_TABLES} == before
    added = {table.name for table in Package.open(book).tables()} - set(INPUTS) - set(RESULT_TABLES)
    written = {name for name, table in result.tables.items() if TABLES[name].place and table.rows}
    assert {other_name(name) for name in written} <= added


def test_each_is_named_in_a_warning(tmp_path: Path) -> None:
    book = workbook(tmp_path / "bank.xlsx", INPUTS | dict.fromkeys(RESULT_TABLES, AUDIT))
    found = [finding for finding in check(book).findings if "nothing is written into it" in finding.text]
    assert [str(finding.cell) for finding in found] == [f"{name}!A1" for name in RESULT_TABLES]
    assert {finding.severity for finding in found} == {"warning"}


def test_a_result_goes_to_another_name_and_stays_there(tmp_path: Path) -> None:
    book = workbook(tmp_path / "bank.xlsx", INPUTS | {"Allocation": [{"Fund": "Equity fund", "Weight": 0.6}]})
    before = sheet_of(book, "Allocation")
    for _ in range(2):  # the second run writes over the results of the first
        result = solve(book)
        assert sheet_of(book, "Allocation") == before
        tables = {table.name: table for table in Package.open(book).tables()}
        place = tables["xlalm_Allocation"]
        assert (place.sheet, len(place.data_rows)) == ("xlalm results", 4)
        shown = values(book, place.sheet)
        written = [shown[row, place.first_column] for row in place.data_rows]
        assert written == result.table("Allocation").column("position")
    assert [name for name in tables if name.startswith("xlalm_")] == ["xlalm_Allocation"]


def test_two_tables_of_the_users_own_are_refused(tmp_path: Path) -> None:
    book = workbook(tmp_path / "bank.xlsx", INPUTS | {"Findings": AUDIT, "xlalm_findings": AUDIT})
    before = book.read_bytes()
    with pytest.raises(Refused, match="the tables Findings and xlalm_Findings hold other columns") as fault:
        solve(book)
    assert "nothing was written" in str(fault.value)
    assert book.read_bytes() == before


def test_a_blank_result_does_not_ask_for_a_place(tmp_path: Path) -> None:
    """A run without conflicts neither empties a user's Conflicts nor makes a table beside it."""
    book = workbook(tmp_path / "bank.xlsx", INPUTS | {"Conflicts": AUDIT, "Headline": AUDIT})
    solve(book)
    names = {table.name for table in Package.open(book).tables()}
    assert names & {other_name("Conflicts"), other_name("Headline")} == set()


# --- what counts as xlalm's ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RESULT_TABLES)
def test_headers_are_the_mark(name: str) -> None:
    """All of them in any order and spelling; fewer, as long as those that tell the result stay; more beside all."""
    keys, rng = list(table_schema(name).columns), random.Random(name)
    told = list(TABLES[name].told_by)
    assert told
    assert set(told) <= set(keys)
    for _ in range(20):
        kept = told + rng.sample([key for key in keys if key not in told], rng.randint(0, len(keys) - len(told)))
        rng.shuffle(kept)
        spelled = [rng.choice((header(key), key, key.upper().replace("_", "-"))) for key in kept]
        assert is_ours(name, spelled)
        without = rng.choice(told)
        assert not is_ours(name, [key for key in kept if key != without])
    mine = [*map(header, keys), "My remark", "Checked by"]
    rng.shuffle(mine)
    assert is_ours(name, mine)
    assert not is_ours(name, ["No", "Audit finding", "Owner", "Due"])
    if len(keys) > len(told) + 1:
        assert not is_ours(name, [*told, "My remark", "Checked by"]) or len(told) >= 0.75 * len(keys)


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("Allocation", ["Position", "Min", "Max"]),
        ("Allocation", ["Position", "Optimal", "Weight", "Remark"]),
        ("LimitReport", ["Limit", "Bound", "Owner"]),
        ("Findings", ["Severity", "Text", "Owner", "Due"]),
        ("Conflicts", ["Kind", "Name", "Cell"]),
        ("Explanation", ["Line", "Product"]),
        ("Utilisations", ["Limit", "Used", "Owner"]),
    ],
)
def test_a_users_table_with_some_of_the_same_headers(name: str, headers: list[str]) -> None:
    assert not is_ours(name, headers)


@pytest.mark.parametrize(
    "book",
    [*sorted((ROOT / "workbooks").rglob("*.xlsx")), *sorted((ROOT / "tests/app/books").glob("*.xlsx"))],
    ids=lambda book: book.name,
)
def test_every_table_of_the_shipped_books_is_ours(book: Path) -> None:
    """Those of the first release too: their headers are the only mark they carry."""
    for table in Package.open(book).tables():
        if table.name in RESULT_TABLES:
            assert is_ours(table.name, table.headers)


def test_a_name_is_free_where_nothing_is() -> None:
    assert place_of("Findings", {}).headers is None
    assert place_of("Findings", {"xlalm_findings": ["Severity", "Cell", "Text", "Cure"]}).table == "xlalm_Findings"


def test_input_tables_are_not_judged(tmp_path: Path) -> None:
    book = workbook(tmp_path / "bank.xlsx", INPUTS)
    assert not [finding for finding in check(book).findings if "nothing is written into it" in finding.text]
    assert not set(INPUT_TABLES) & set(RESULT_TABLES)
