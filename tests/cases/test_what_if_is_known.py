"""The results of a what-if are known for one wherever they stand, and a solve of the book itself clears that away."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.bank import BANK, CET1, NII, workbook
from tests.workbook.package.opening import opened, parts, values
from workbooks.source.books import template
from xlalm.app.run.book import open_book
from xlalm.app.run.changes import apply_changes, changes_told
from xlalm.app.verbs.rerun import rerun, restore
from xlalm.app.verbs.solve import fuzzy, solve
from xlalm.cli import main
from xlalm.domain.result import AS_AT_THE_RUN, INPUTS_CHANGED
from xlalm.workbook.package.footers import with_line, without_line
from xlalm.workbook.package.package import Package

OWN = "CET1 16% instead of 18%"
STRICT = CET1 | {"right": "18%"}
LOOSER = "Limits!CET1=16%"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A bank whose own limit costs it something."""
    return workbook(tmp_path / "bank.xlsx", {"Positions": BANK, "Limits": [STRICT], "Goals": [NII]})


def shown(path: Path, table: str, header: str) -> list[object]:
    """Return a column of a table as another reader shows it."""
    info = Package.open(path).table(table)
    column = info.first_column + info.headers.index(header)
    return [values(path, info.sheet).get((row, column)) for row in info.data_rows]


def footers(path: Path) -> list[str | None]:
    """Return the middle of the footer of every sheet, as openpyxl reads it."""
    return [sheet.oddFooter.center.text for sheet in opened(path).worksheets]


def test_a_what_if_bears_its_mark_everywhere(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "what_if.xlsx"
    result = solve(book, out=out, changes=[LOOSER])
    assert shown(out, "WhatIfBand", "What if") == [f"WHAT-IF: {OWN}"]
    assert shown(out, "PlanStatus", "Status") == ["WHAT-IF: Optimal"]
    first = shown(out, "Explanation", "Text")[:2]
    assert first == [
        f"WHAT-IF: {OWN}.",
        "The plan breaks a limit of the book as it stands: CET1 is 16.00%, wanted ≥ 18.00%.",
    ]
    assert footers(out)[-1] is not None
    assert f"WHAT-IF: {OWN}" in str(footers(out)[-1])
    (measured,) = result.table("Headline").records()
    assert (measured["plan"], measured["limit"], measured["light"]) == (pytest.approx(0.16), "≥ 18.00%", "BREACH")
    assert measured["headroom"] == pytest.approx(-0.02)
    (bound,) = [row for row in result.table("WhatIf").records() if row["kind"] == "bound"]
    assert (bound["base"], bound["changed"]) == (0.18, 0.16)
    (limit,) = result.table("LimitReport").records()
    assert (limit["bound"], limit["binding"]) == (0.16, "yes")  # the plan is best under the changed limit
    assert first[1] in result.messages


def test_the_next_solve_of_the_book_clears_it(book: Path, tmp_path: Path) -> None:
    out, plain = tmp_path / "what_if.xlsx", tmp_path / "plain.xlsx"
    solve(book, out=out, changes=[LOOSER])
    solve(out)
    solve(book, out=plain)
    assert shown(out, "WhatIfBand", "What if") == [None]
    assert b"WHAT-IF" not in b"".join(parts(out).values())
    assert shown(out, "Explanation", "Text") == shown(plain, "Explanation", "Text")
    assert shown(out, "PlanStatus", "Status") == ["Optimal"]
    assert footers(out) == footers(plain)


def test_the_page_of_the_template_is_as_it_was(tmp_path: Path) -> None:
    """Band and footers of a book that has a place for them."""
    book, out, plain = (tmp_path / f"{name}.xlsx" for name in ("bank", "out", "plain"))
    template.build(book)
    solve(book, out=out, changes=["Limits!LCR, management buffer=105%"])
    text = "WHAT-IF: LCR, management buffer 105% instead of 129%"
    assert values(out, "Dashboard")[3, 2] == text
    marked = [sheet for sheet, footer in zip(opened(out).sheetnames, footers(out), strict=True) if footer]
    assert marked == ["Dashboard", "Results", "xlalm results"]
    assert values(out, "Dashboard")[5, 8] == AS_AT_THE_RUN
    solve(out)
    solve(book, out=plain)
    assert (3, 2) not in values(out, "Dashboard")
    before, after = parts(plain), parts(out)
    for name in before:
        if name.startswith("xl/worksheets/sheet") and b"headerFooter" in before[name]:
            kept = [
                data[data.index(b"<headerFooter") : data.index(b"</headerFooter>")]
                for data in (before[name], after[name])
            ]
            assert kept[0] == kept[1]


def test_a_what_if_of_anything_else_keeps_the_books_lights(book: Path) -> None:
    result = solve(book, changes=["Positions!Loans.max=950"])
    assert result.table("WhatIfBand").column("what_if") == ["WHAT-IF: Loans, max 950 instead of 1,000"]
    assert result.table("Headline").column("light") == ["OK"]
    assert not any("as it stands" in line for line in result.messages)


def test_another_method_than_the_books_is_a_what_if(book: Path) -> None:
    assert fuzzy(book, method="fnlp").table("WhatIfBand").column("what_if") == ["WHAT-IF: method fnlp instead of lp"]
    assert "WhatIfBand" not in fuzzy(book, method="lp").tables


def test_a_what_if_without_a_plan_is_marked_too(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "what_if.xlsx"
    assert solve(book, out=out, changes=["Limits!CET1=90%"]).status == "infeasible"
    assert shown(out, "PlanStatus", "Status") == ["WHAT-IF: No plan meets all limits"]
    assert shown(out, "WhatIfBand", "What if") == ["WHAT-IF: CET1 90% instead of 18%"]


def test_a_run_that_writes_does_not_say_that_nothing_was_changed(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for right in ("90%", "16%"):
        impossible = workbook(book, {"Positions": BANK, "Limits": [CET1 | {"right": right}], "Goals": [NII]})
        with pytest.raises(SystemExit):
            main(["solve", str(impossible)])
        said = capsys.readouterr().out
        assert "Written: " in said
        assert "othing was" not in said


# --- repeated ------------------------------------------------------------------------------------------------


def test_a_what_if_is_repeated_and_restored_as_one(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "what_if.xlsx"
    solve(book, out=out, changes=[LOOSER])
    manifest = tmp_path / "what_if.manifest.json"
    assert json.loads(manifest.read_text())["what_if"]["text"] == OWN
    assert rerun(manifest).status == "optimal"
    solve(out)
    solve(book, out=out, changes=[LOOSER])
    wanted = shown(out, "Explanation", "Text")
    again = tmp_path / "again.xlsx"
    result = restore(out, out=again)
    assert shown(again, "Explanation", "Text") == wanted
    assert shown(again, "WhatIfBand", "What if") == [f"WHAT-IF: {OWN}"]
    assert result.table("PlanStatus").column("inputs") == [AS_AT_THE_RUN]
    assert not any("have changed since" in line for line in result.messages)


def test_results_of_older_inputs_say_so(book: Path) -> None:
    solve(book)
    package = Package.open(book)
    package.write_cells("Positions", {(2, 6): 0.05})
    package.save()
    result = restore(book)
    assert result.table("PlanStatus").column("inputs") == [INPUTS_CHANGED]
    assert shown(book, "PlanStatus", "Inputs") == [INPUTS_CHANGED]


# --- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([LOOSER], OWN),
        (["Limits!CET1=18%"], ""),
        (["Limits!CET1=17%", LOOSER], OWN),
        (["Positions!Loans.rate=5%"], "Loans, rate 5% instead of 4.5%"),
        (["Positions!Equity.max=90"], "Equity, max 90 instead of blank"),
        (["Settings!method=fnlp"], "method fnlp instead of lp"),
        ([LOOSER, "Settings!seed=2"], f"{OWN}; seed 2 instead of 1"),
        (["Goals!NII.direction=min"], "NII, direction min instead of max"),
    ],
)
def test_what_was_changed_in_words(book: Path, changes: Sequence[str], told: str) -> None:
    tables = open_book(book).tables
    assert changes_told(tables, apply_changes(tables, changes)[1], {"CET1": "%"}) == told


# --- footers -----------------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    ["Page &P of &N", "&8", "&F", "&&", ' &"Arial,Bold"', "&KFF0000", "A & B".replace("&", "&&"), "x"]
)
_SECTION = st.lists(_PIECES, min_size=1, max_size=4).map("".join)
_FOOTERS = st.tuples(*(st.one_of(st.just(""), _SECTION.map(code.__add__)) for code in ("&L", "&C", "&R"))).map("".join)


@given(st.one_of(_FOOTERS, _SECTION), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
@settings(max_examples=200)
def test_a_footer_loses_the_line_without_a_trace(footer: str, told: str) -> None:
    line = with_line(footer, f"WHAT-IF: {told}")
    assert without_line(line) == footer
    assert with_line(without_line(line), f"WHAT-IF: {told}") == line
    assert len(line) <= 255
    assert ("WHAT-IF: " + told[:20].replace("&", "&&") in line) or len(footer) > 150
