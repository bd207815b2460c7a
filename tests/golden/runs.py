"""Which command lines the golden results come from, and how one is run: as a process in a folder of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import python_calamine

ROOT = Path(__file__).resolve().parents[2]
FUZZY_METHODS = (
    "lp weighted_sum weighted_sum_normalised fnlp fagp wfnlp wfnlp_direct wfagp lexicographic goal_programming "
    "epsilon_constraint"
).split()
VAR_METHODS = ("covariance", "monte_carlo", "historical")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\+00:00)?")
_TIME_COLUMNS = {"solved_at", "run_at"}
_TIME_KEYS = {"created", "timings_s"}


@attrs.frozen
class Task:
    """Commands that follow each other in a folder that holds one book; ``{book}`` stands for its name.

    Every command is asked for JSON, but one that ends with ``in-place``: with JSON alone a verb writes nothing.
    """

    book: str
    name: str
    commands: tuple[tuple[str, ...], ...]


def _words(*lines: str) -> tuple[tuple[str, ...], ...]:
    """Split command lines at blanks; ``~`` stands for a blank inside a word."""
    return tuple(tuple(word.replace("~", " ") for word in line.split()) for line in lines)


def _each(book: str, *lines: str) -> Iterator[Task]:
    for line in lines:
        name = re.sub(r"[^\w.=%-]+", "_", line.replace("{book}", "").replace("--", "")).strip("_")
        yield Task(book, name, _words(line))


def shipped_tasks() -> Iterator[Task]:
    """Give the tasks on the books that are committed."""
    every = ["check {book}", "solve {book}", "conflicts {book}", "explain {book}", "report lingo {book}"]
    every += ["frontier {book}", "surface {book} --points 12", "weights {book} --points 5", "var {book}"]
    books = shipped_books()
    for book in books:
        yield from _each(book, *every)
        yield Task(book, "solve and write", _words("solve {book} --out solved.xlsx"))
    for book in ("alco_template", "gsib_bank"):
        yield from _each(book, *(f"var {{book}} --method {method}" for method in VAR_METHODS))
        yield from _each(book, "var {book} --confidence 97.5% --days 1")
    for book in ("fuzzy_alm", "table_instance"):
        yield from _each(book, *(f"fuzzy {{book}} --method {method}" for method in FUZZY_METHODS))
    yield from _each("gsib_bank", "fuzzy {book} --method fnlp")
    three = "--set Goals!Net~interest~income.active=yes --set Goals!Loss~of~economic~value.active=yes"
    for method in FUZZY_METHODS[1:]:
        yield from _each("alco_template", f"solve {{book}} {three} --set Settings!method={method}")
    yield from _each(
        "alco_template",
        "frontier {book} --limit LCR,~management~buffer --from 110% --to 150%",
        "frontier {book} --limit Turnover~of~the~plan",
        "surface {book} --limit CET1~ratio,~management~buffer --limit Turnover~of~the~plan --points 8 --scale-bounds",
        "sweep {book} Settings!cost_of_capital --points 7",
        "sweep {book} Limits!LCR,~management~buffer --from 110% --to 150% --points 9 --metric nsfr --metric rwa",
        "weights {book} --points 3 --method wfagp --method wfnlp",
        "solve {book} --set Limits!LCR,~management~buffer=140%",
        "solve {book} --set Limits!LCR,~management~buffer=400%",
        "solve {book} --set Limits!NSFR,~management~buffer=300%",
        "solve {book} --set Limits!Turnover~of~the~plan=200 --set Limits!Commercial~real~estate~share=1%",
        "solve {book} --set Limits!CET1~ratio,~management~buffer.hard=no"
        " --set Limits!CET1~ratio,~management~buffer=20% --set Limits!CET1~ratio,~management~buffer.penalty=5",
        "solve {book} --set Settings!timing=average --set Settings!cost_of_capital=0.08",
        "solve {book} --set Limits!Largest~funding~name.active=yes",
        "solve {book} --set Goals!Risk-adjusted~margin.formula=cet1_ratio",
        "solve {book} --set Goals!Risk-adjusted~margin.formula=return_on_assets",
        "solve {book} --set Goals!Risk-adjusted~margin.formula=risk_adjusted_margin-rwa*rwa/1e7",
        "solve {book} --set Goals!Risk-adjusted~margin.formula=no_such_measure",
        "solve {book} --set Limits!No~such~limit=1",
    )
    for book in ("business_plan_180", "business_plan_830"):
        yield from _each(
            book,
            "solve {book} --set Limits!Row~14:~liquid~assets=86.9",
            "solve {book} --set Limits!Row~11:~size~of~the~book.active=no",
            "sweep {book} Limits!Row~5:~VaR --points 5",
        )
    yield from _each("business_plan_180", "solve {book} --set Goals!Return.formula=sum(rate)/total_assets")
    yield from _each(
        "gsib_bank",
        "solve {book} --set Limits!TLAC~over~risk=40%",
        "solve {book} --set Limits!Trading~value~at~risk=1",
        "sweep {book} Limits!Turnover --from 100 --to 500 --points 3",
    )
    yield from _each(
        "fuzzy_alm",
        "solve {book} --set Limits!17:~investments=30%",
        "solve {book} --set Limits!18:~loans=5%",
        "sweep {book} Limits!18:~loans --points 4",
    )
    for book in ("printed_run", "table_instance"):
        yield from _each(
            book,
            "solve {book} --set Limits!RWA~ceiling=100",
            "solve {book} --set Limits!Capital.active=no --set Limits!RWA~ceiling.active=no",
            "solve {book} --set Goals!Return.formula=return_on_rwa",
            "frontier {book} --limit RWA~ceiling",
            "sweep {book} Limits!RWA~ceiling --points 6",
        )
    for book in ("alco_template", "printed_run"):
        yield Task(
            book,
            "written and repeated",
            _words(
                "solve {book} in-place",
                "rerun {stem}.manifest.json",
                "restore {book} --out restored.xlsx",
                "frontier {book} --out frontier.xlsx",
                "rerun frontier.frontier.manifest.json",
                "surface {book} --points 6 --out surface.xlsx",
                "report lingo {book} --out lingo.xlsx",
            ),
        )
    yield Task("alco_template", "var written", _words("var {book} --out var.xlsx", "rerun var.var.manifest.json"))
    yield Task("fuzzy_alm", "weights written", _words("weights {book} --points 3 --out weights.xlsx"))
    yield Task("fuzzy_alm", "fuzzy written", _words("fuzzy {book} --method wfagp --out fuzzy.xlsx"))
    yield Task("alco_template_v1", "upgraded", _words("upgrade {book} --out up.xlsx", "check up.xlsx", "solve up.xlsx"))
    yield Task("alco_template", "new from the template", _words("template new.xlsx", "solve new.xlsx"))


def small_tasks(books: list[str]) -> Iterator[Task]:
    """Give the tasks on the small books: solve and write all, look closer at some."""
    for book in books:
        yield Task(book, "solve and write", _words("solve {book} --out solved.xlsx"))
        if book.startswith(("infeasible", "unbounded")):
            yield from _each(book, "conflicts {book}")
    for book in ("plain", "every_kind_of_limit", "soft_limits", "wrong_cells", "nonlinear_goal"):
        yield from _each(book, "check {book}", "report lingo {book}")
    for book in ("plain", "average_timing", "soft_limits", "pieces_that_help", "degenerate", "random_00", "random_01"):
        yield from _each(book, "frontier {book}", "surface {book} --points 5")
    for book in ("lots", "ratio_goal", "pieces_that_hurt", "nonlinear_goal"):
        yield from _each(book, "surface {book} --points 5")
    for book in ("plain", "lots", "ratio_goal", "quadratic_goal", "nonlinear_goal", "pieces_that_hurt"):
        yield from _each(book, "sweep {book} Positions!Mortgages.max --points 3", "sweep {book} Limits!LCR --points 3")
    yield from _each("plain", "surface {book} --limit CET1 --limit Turnover --points 5 --scale-bounds")
    yield from _each("plain", "frontier {book} --limit CET1 --from 14% --to 24%")
    yield from _each("several_goals", *(f"fuzzy {{book}} --method {method}" for method in FUZZY_METHODS))
    yield from _each("several_goals_within_reach", "fuzzy {book} --method goal_programming")
    for book in ("several_goals", "several_goals_lots", "random_03"):
        yield from _each(book, "weights {book} --points 3")
    for book in ("value_at_risk_limit", "value_at_risk_of_returns"):
        yield from _each(book, *(f"var {{book}} --method {method}" for method in VAR_METHODS))


def shipped_books() -> dict[str, Path]:
    """Return the committed books by their name."""
    folder = ROOT / "workbooks"
    paths = [folder / "alco_template.xlsx", *sorted(folder.glob("examples/*/*.xlsx"))]
    return {path.stem: path for path in (*paths, ROOT / "tests" / "app" / "books" / "alco_template_v1.xlsx")}


def run(task: Task, book: Path, folder: Path) -> dict[str, Any]:
    """Run a task's commands in a new folder with a copy of its book; returns all that they said, gave and wrote."""
    folder.mkdir(parents=True)
    own = folder / book.name
    shutil.copyfile(book, own)
    state = {"XDG_STATE_HOME": str(folder / "state"), "LOCALAPPDATA": str(folder / "state")}
    environment = os.environ | state | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"}
    steps = [_step(command, own, folder, environment) for command in task.commands]
    written = [path for path in sorted(folder.glob("*.xlsx")) if path != own or path.read_bytes() != book.read_bytes()]
    written = [path for path in written if ".backup-" not in path.name]
    record: dict[str, Any] = {"book": task.book, "task": task.name, "steps": steps}
    if written:
        record["written"] = {path.name: _contents(path) for path in written}
    return record


def _step(command: tuple[str, ...], book: Path, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    words = [word.replace("{book}", book.name).replace("{stem}", book.stem) for word in command]
    answer = folder / "answer.json"
    answer.unlink(missing_ok=True)
    in_place = words[-1] == "in-place"
    asked = words[:-1] if in_place else [*words, "--json", answer.name]
    process = [sys.executable, "-m", "xlalm", *asked]
    done = subprocess.run(process, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    document = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else None
    return {
        "command": " ".join(words),
        "exit": done.returncode,
        "said": _lines(done.stdout, folder),
        "complained": _lines(done.stderr, folder),
        "document": without_times(document),
    }


def _lines(text: str, folder: Path) -> list[str]:
    """Return what was printed without times, places on this machine and line numbers of the code that warned."""
    lines = _TIME.sub("(time)", text.replace(str(folder), "(folder)")).splitlines()
    return [re.sub(r"^\S+\.py:\d+: ", "", line) for line in lines if not line.startswith("  ")]


def without_times(value: Any) -> Any:
    """Return a JSON document without what differs between two runs of the same: times and nothing else."""
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in _TIME_COLUMNS | _TIME_KEYS}
    if isinstance(value, list):
        return [without_times(item) for item in value if not _is_time_row(item)]
    return value


def _is_time_row(item: Any) -> bool:
    """Whether a row of RunInfo holds a time or a duration."""
    name = str(item.get("item", "")) if isinstance(item, dict) else ""
    return name == "run at (UTC)" or name.startswith("seconds: ")


def _contents(path: Path) -> dict[str, Any]:
    """Return what a written workbook holds: its cells by sheet, and the hash of every part without cells."""
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    cells = {
        name: {f"R{r}C{c}": value for r, row in enumerate(rows) for c, value in enumerate(row) if value != ""}
        for name in book.sheet_names
        for rows in [[_timeless(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]]
    }
    with zipfile.ZipFile(path) as package:
        parts = {
            name: sha256(package.read(name)).hexdigest()
            for name in sorted(package.namelist())
            if not name.startswith(("xl/worksheets/sheet", "xl/sharedStrings", "docProps/"))
        }
    return {"cells": cells, "parts": parts}


def _timeless(row: list[Any]) -> list[Any]:
    plain = [value if isinstance(value, int | float | str | bool) else str(value) for value in row]
    if any(isinstance(value, str) and (value == "run at (UTC)" or value.startswith("seconds: ")) for value in plain):
        return ["" for _ in plain]
    return ["(time)" if isinstance(value, str) and _TIME.fullmatch(value) else value for value in plain]
