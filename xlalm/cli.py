"""The command line, generated from the registry of verbs; no logic of its own.

It uses argparse because a click starts a fresh interpreter: typer would double the start-up.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from xlalm.app.registry import VERBS
from xlalm.app.verb import Parameter, Verb
from xlalm.domain.errors import Refused, StoppedError
from xlalm.domain.result import Result
from xlalm.domain.text import one_line
from xlalm.domain.version import __version__

_HOW: dict[str, dict[str, Any]] = {
    "text": {"type": str},
    "texts": {"action": "append"},
    "count": {"type": int},
    "flag": {"action": "store_true"},
}
"""How arguments of a kind are read; those of the other kinds are files."""

BUG, BAD_INPUT, STOPPED, INTERRUPTED = 1, 2, 5, 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of design section 7."""
    options = vars(_parser().parse_args(arguments))
    verb, as_json = VERBS[options.pop("verb")], options.pop("json")
    if verb.in_place:  # --json alone means that nothing is written
        options["write"] = "out" in options or as_json is None
    try:
        result = verb.function(**options, progress=_progress)
        _end_progress()
        if as_json:
            _write_json(result, as_json)
        if as_json != "-":
            _show(verb, result)
    except StoppedError as fault:
        _fail(str(fault), as_json, STOPPED)
    except Refused as fault:
        _fail(str(fault), as_json, BAD_INPUT)
    except KeyboardInterrupt:
        _fail("stopped; nothing was written", as_json, INTERRUPTED)
    except Exception as fault:
        from xlalm.app.fault_log import log_fault

        _fail(f"a fault of xlalm's own ({type(fault).__name__}); please report {log_fault()}", as_json, BUG)
    sys.exit(result.exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xlalm", description="A bank's ALCO workbook as an optimiser.")
    parser.add_argument("--version", action="version", version=f"xlalm {__version__}")
    commands = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS.values():
        details = f"Reads {verb.reads}; writes {verb.writes}."
        command = commands.add_parser(verb.name, help=verb.summary, description=f"{verb.summary} {details}")
        for parameter in verb.parameters:
            _add_argument(command, parameter)
        command.add_argument("--json", metavar="FILE", help="write the result as JSON to a file, or - for the screen")
    return parser


def _add_argument(command: argparse.ArgumentParser, parameter: Parameter) -> None:
    """Add what must be given by its place, everything else as an option that keeps the verb's own default."""
    option = parameter.option or parameter.name
    how = _HOW.get(parameter.kind, {"type": Path}) | {"help": parameter.description.replace("%", "%%")}
    if parameter.kind != "flag":
        how["metavar"] = parameter.metavar or option.upper()
    if parameter.required:
        command.add_argument(parameter.name, **how)
    else:
        name = f"--{option.replace('_', '-')}"
        command.add_argument(name, dest=parameter.name, default=argparse.SUPPRESS, **how)


def _say(text: str, *, problem: bool = False) -> None:
    """Print one line; names in a book may hold what a screen obeys instead of showing."""
    _print(one_line(text, None) + "\n", sys.stderr if problem else sys.stdout)


def _print(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, errors="replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:  # the reader has seen enough; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _progress(done: int, total: int, text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K[{100 * done // total}%] {text}")
        sys.stderr.flush()


def _end_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def _write_json(result: Result, target: str) -> None:
    document: dict[str, Any] = result.as_json()
    text = json.dumps(document, ensure_ascii=target == "-", indent=2, allow_nan=False, default=str)
    if target == "-":
        _print(text + "\n", sys.stdout)
        return
    from xlalm.workbook.writing import write_text

    write_text(Path(target), text + "\n")


def _fail(text: str, as_json: str | None, code: int) -> NoReturn:
    _end_progress()
    if as_json == "-":
        finding = {"severity": "error", "cell": None, "text": text, "cure": ""}
        status = "bad input" if code == BAD_INPUT else "failed"
        _print(json.dumps({"status": status, "findings": [finding]}) + "\n", sys.stdout)
    _say(f"xlalm: {text}", problem=True)
    sys.exit(code)


def _show(verb: Verb, result: Result) -> None:
    from xlalm.reporting.said import screen_lines

    for line in screen_lines(result, undone=verb.undone, all_clear=verb.all_clear, says_where=verb.says_where):
        _say(line.text, problem=line.problem)
