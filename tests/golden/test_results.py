"""The golden dump repeats to the bit, and its comparison finds and names whatever differs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.books import small_books
from tests.golden.compare import compared, differences
from tests.golden.runs import ROOT, Task, shipped_books, shipped_tasks, small_tasks, without_times


def results(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.golden.results", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two dumps of one small book."""
    folder = tmp_path_factory.mktemp("golden")
    for name in ("first", "second"):
        done = results("dump", folder / name, "--book", "degenerate")
        assert done.returncode == 0, done.stderr
    return [folder / "first", folder / "second"]


def test_two_dumps_are_equal(dumps: list[Path]) -> None:
    done = results("compare", *dumps)
    assert (done.returncode, done.stdout) == (0, "No difference.\n"), done.stdout


def test_a_dump_holds_result_screen_and_written_cells(dumps: list[Path]) -> None:
    record = json.loads((dumps[0] / "degenerate" / "solve and write.json").read_text(encoding="utf-8"))
    (step,) = record["steps"]
    assert (step["exit"], step["document"]["status"]) == (0, "optimal")
    assert step["said"]
    assert not step["complained"]
    assert (dumps[0] / step["document"]["manifest"]["inputs"]).is_file()
    cells = record["written"]["solved.xlsx"]["cells"]
    plan = {row["optimal"] for row in step["document"]["Allocation"]}
    assert plan <= {value for sheet in cells.values() for value in sheet.values()}


@pytest.mark.parametrize("tables_only", [False, True])
def test_the_last_bit_of_one_figure_is_found(dumps: list[Path], tmp_path: Path, tables_only: bool) -> None:
    changed = tmp_path / "degenerate" / "solve and write.json"
    for path in dumps[0].rglob("*.json"):
        copy = tmp_path / path.relative_to(dumps[0])
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    record = json.loads(changed.read_text(encoding="utf-8"))
    row = record["steps"][0]["document"]["Allocation"][2]
    row["optimal"] = row["optimal"] * (1 + 2**-52)
    record["steps"][0]["document"]["certificate"]["gap"] = 0.5
    changed.write_text(json.dumps(record), encoding="utf-8")
    lines, total = compared(dumps[0], tmp_path, tables_only=tables_only)
    assert total == len(lines) == (1 if tables_only else 2)
    place = "degenerate/solve and write | steps row 1 (solve degenerate.xlsx --out solved.xlsx) document Allocation"
    assert lines[-1].startswith(f"{place} row 3 (Deposits) optimal: ")
    done = results("compare", dumps[0], tmp_path, *(["--tables-only"] if tables_only else []))
    assert done.returncode == 1
    assert done.stdout.endswith(f"{total} difference(s)\n")
    changed.unlink()
    assert "only in the first dump" in compared(dumps[0], tmp_path, tables_only=tables_only)[0][0]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (1, 1.0, [": 1 -> 1.0"]),
        (0.0, -0.0, [": 0.0 -> -0.0"]),
        (True, 1, [": True -> 1"]),
        ({"a": 1}, {"b": 1}, ["a: only in the first", "b: only in the second"]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, [": other order of b, a"]),
        ([1, 2], [1], [": 2 rows, then 1"]),
        ([{"name": "x", "v": 1}], [{"name": "x", "v": 2}], ["row 1 (x) v: 1 -> 2"]),
        ([{"name": "x", "v": 1}], [{"name": "x", "v": 1}], []),
    ],
)
def test_what_is_a_difference(first: object, second: object, said: list[str]) -> None:
    assert list(differences(first, second)) == said


def test_only_times_are_left_out() -> None:
    manifest = {"created": "2026-01-01", "timings_s": {"solve": 1.0}, "status": "optimal"}
    info = [{"item": "seconds: solve", "value": 1.0}, {"item": "run at (UTC)", "value": "now"}, {"item": "gap"}]
    document = {"manifest": manifest, "RunInfo": info, "PlanStatus": [{"plan": 1.0, "solved_at": "now"}]}
    kept = {"manifest": {"status": "optimal"}, "RunInfo": [{"item": "gap"}], "PlanStatus": [{"plan": 1.0}]}
    assert without_times(document) == kept


def test_every_book_has_tasks_of_different_names() -> None:
    books = list(small_books())
    tasks: list[Task] = [*shipped_tasks(), *small_tasks(books)]
    assert {task.book for task in tasks} == {*shipped_books(), *books}
    assert len({(task.book, task.name) for task in tasks}) == len(tasks)
