"""Every verb says how far it is, and ends when it is asked to."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.reference.workbook_route import ROOT
from xlalm.app.registry import VERBS
from xlalm.app.run.book import Book, open_book
from xlalm.app.run.solve import STOPPED_EARLY
from xlalm.cli import main
from xlalm.domain.errors import Refused, StoppedError
from xlalm.domain.result import Result

TEMPLATE = ROOT / "workbooks" / "alco_template.xlsx"
QUICK: dict[str, dict[str, Any]] = {
    "surface": {"points": 3},
    "sweep": {"cell": "Settings!cost_of_capital", "points": 3},
    "weights": {"points": 2, "methods": ["wfnlp", "wfagp"]},
    "report": {"style": "lingo"},
}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A solved copy of the template, with its manifest."""
    path = tmp_path_factory.mktemp("solved") / "bank.xlsx"
    shutil.copyfile(TEMPLATE, path)
    VERBS["solve"].function(path)
    return path


@pytest.fixture(scope="module")
def tables(bank: Path) -> Book:
    return attrs.evolve(open_book(bank), file=None)  # whatever is stopped must not write over the bank


DOCTOR = """
import time
time.sleep(0.5)
print('{"level": "ok", "subject": "Python", "text": "is there", "cure": ""}')
"""


@pytest.fixture
def call(bank: Path, tables: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call a verb on the template with what it needs; files are new at every call, and the doctor is a quick one."""
    doctor = tmp_path / "doctor.py"
    doctor.write_text(DOCTOR)
    monkeypatch.setattr("xlalm.app.verbs.upkeep._installer", lambda: doctor)

    def called(name: str, **watched: Any) -> Result:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        given: dict[str, Any] = dict(QUICK.get(name, {}))
        for parameter in VERBS[name].parameters:
            if parameter.kind == "book":
                given[parameter.name] = tables
            elif parameter.kind == "saved book":
                given[parameter.name] = folder / "old.xlsx"
                shutil.copyfile(ROOT / "tests" / "app" / "books" / "alco_template_v1.xlsx", folder / "old.xlsx")
            elif parameter.kind == "manifest":
                given[parameter.name] = bank.with_name("bank.manifest.json")
            elif parameter.kind == "new path" and parameter.required:
                given[parameter.name] = folder / "new.xlsx"
        return VERBS[name].function(**given, **watched)

    return called


@pytest.mark.parametrize("name", VERBS)
def test_progress_never_goes_back_and_ends_at_its_total(name: str, call: Callable[..., Result]) -> None:
    seen: list[tuple[int, int, str]] = []
    call(name, progress=lambda *step: seen.append(step))
    done = [step[0] for step in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]
    assert len({total for _, total, _ in seen}) == 1
    assert all(text for _, _, text in seen)


def stopped_at(moment: int) -> tuple[Callable[[], bool], list[int]]:
    """Return a stop that says so from its ``moment``-th question on, and a place where questions are counted."""
    asked = [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] > moment

    return stop, asked


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_can_be_stopped_at_any_moment(name: str, call: Callable[..., Result]) -> None:
    """At once: nothing was done (exit code 5). Later: that, or what there is, which says when it is not all."""
    never, asked = stopped_at(10**9)
    whole = call(name, stop=never)
    assert whole.exit_code == 0
    with pytest.raises(StoppedError):
        call(name, stop=lambda: True)
    last = asked[0]
    for moment in sorted({1, 2, 3, last // 3, last // 2, 2 * last // 3, last - 2, last - 1} & set(range(1, last))):
        stop, _ = stopped_at(moment)
        try:
            result = call(name, stop=stop)
        except StoppedError:
            continue
        assert result.exit_code in {0, 4}
        states = [table.column("status")[0] for key, table in result.tables.items() if key.endswith("Run")]
        assert states in ([], ["complete"]) or (states[0] in {"cut off", "stopped"} and result.status == "feasible")
        if result.exit_code == 0:
            assert result.objective == whole.objective
        assert result.manifest is None or name in {"rerun", "restore"} or result.manifest["stopped"]


def test_a_stopped_run_is_not_repeated(tmp_path: Path) -> None:
    """What was stopped says so, and rerun says why it is not compared."""
    book = tmp_path / "bank.xlsx"
    shutil.copyfile(TEMPLATE, book)
    never, asked = stopped_at(10**9)
    VERBS["solve"].function(book, write=False, stop=never)
    stop, _ = stopped_at(asked[0] - 2)
    result = VERBS["solve"].function(book, stop=stop)
    assert (result.status, result.messages[-1]) == ("optimal", STOPPED_EARLY)
    with pytest.raises(Refused, match="was stopped before its end"):
        VERBS["rerun"].function(book.with_name("bank.manifest.json"))


def test_the_exit_code_of_a_run_stopped_before_any_plan_is_5(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_source: object) -> Book:
        raise StoppedError(None, "stopped", "nothing was written")

    monkeypatch.setattr("xlalm.app.verbs.solve.open_book", stopped)
    with pytest.raises(SystemExit) as end:
        main(["solve", "bank.xlsx"])
    assert end.value.code == 5
    assert capsys.readouterr().err == "xlalm: stopped; nothing was written.\n"
