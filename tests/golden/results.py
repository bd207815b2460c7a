"""Write down every figure that xlalm gives, or compare two such dumps bit for bit.

``python -m tests.golden.results dump FOLDER``
    runs every verb that computes something, as processes of the command line, on copies of every committed book and on
    small books (``tests.golden.books``), and every formula; FOLDER must not exist. About two minutes on two cores.
``python -m tests.golden.results compare A B [--tables-only]``
    prints every difference with its book, task, table, row and column, and ends with 1 if there is one.

Two dumps of the same commit on the same machine are equal; dumps of two machines need not be, because libraries choose
how they calculate, and so round, by the processor. What differs between any two runs is left out: times and durations.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.golden.books import small_books, write
from tests.golden.compare import compared
from tests.golden.formulas import formula_values
from tests.golden.runs import Task, run, shipped_books, shipped_tasks, small_tasks

FORMULA_BOOKS = (
    *("alco_template", "fuzzy_alm", "printed_run", "business_plan_180", "plain", "lots", "soft_limits"),
    *("every_kind_of_limit", "nonlinear_goal", "infeasible_limits", "unbounded"),
)


def dump(folder: Path, wanted: Iterable[str] = ()) -> int:
    """Write one file per task below a new folder; returns how many tasks there were.

    Parameters
    ----------
    wanted : names of books; all where there is none.
    """
    folder.mkdir(parents=True)
    os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")  # its kernels round differently from processor to processor
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        books = shipped_books()
        small = small_books()
        for title, book in small.items():
            books[title] = place / f"{title}.xlsx"
            write(book, books[title])
        tasks = [*shipped_tasks(), *small_tasks(list(small))]
        chosen = set(wanted) or {*books, "formulas"}
        tasks = [task for task in tasks if task.book in chosen]

        def written(task: Task) -> None:
            record = run(task, books[task.book], place / "runs" / task.book / task.name)
            _save(folder / task.book / f"{task.name}.json", _inputs_apart(record, folder))

        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            list(pool.map(written, tasks))
        if "formulas" in chosen:
            values = formula_values({title: books[title] for title in FORMULA_BOOKS})
            _save(folder / "formulas.json", {"formulas": values})
    return len(tasks)


def _inputs_apart(value: Any, folder: Path) -> Any:
    """Return a record whose manifests name their inputs by hash; each different input is one file of the dump."""
    if isinstance(value, list):
        return [_inputs_apart(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("inputs"), dict):
        text = json.dumps(value["inputs"], sort_keys=True)
        name = f"inputs/{sha256(text.encode()).hexdigest()[:24]}.json"
        if not (folder / name).exists():
            _save(folder / name, value["inputs"])
        return value | {"inputs": name}
    return {key: _inputs_apart(item, folder) for key, item in value.items()}


def _save(path: Path, record: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> int:
    """Dump or compare, as the command line asks."""
    parser = argparse.ArgumentParser(description="Every figure that xlalm gives, dumped and compared.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("dump", help="run everything and write a dump")
    one.add_argument("folder", type=Path)
    one.add_argument("--book", action="append", default=[], help="only this book, repeatable; formulas is one")
    two = commands.add_parser("compare", help="compare two dumps")
    two.add_argument("before", type=Path)
    two.add_argument("after", type=Path)
    two.add_argument("--tables-only", action="store_true", help="status, objective, result tables and formulas only")
    options = parser.parse_args()
    if options.command == "dump":
        sys.stdout.write(f"{dump(options.folder, options.book)} tasks written below {options.folder}\n")
        return 0
    lines, total = compared(options.before, options.after, tables_only=options.tables_only)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.write(f"{total} difference(s)\n" if total else "No difference.\n")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
