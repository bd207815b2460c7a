"""The command line, generated from the registry of verbs; no logic of its own.

It uses argparse because a click starts a fresh interpreter: typer would double the start-up.
"""

import argparse
import contextlib
import inspect
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from xlalm.app.registry import VERBS, Verb
from xlalm.domain.errors import Refused
from xlalm.domain.result import Result
from xlalm.domain.text import one_line
from xlalm.domain.version import __version__

_OPTIONS: dict[str, dict[str, Any]] = {
    "texts": {"action": "append", "metavar": "NAME"},
    "count": {"type": int, "metavar": "N"},
    "flag": {"action": "store_true"},
}

BUG, BAD_INPUT, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of design section 7."""
    options = vars(_parser().parse_args(arguments))
    verb, as_json = VERBS[options.pop("verb")], options.pop("json")
    if _may_skip_writing(verb):  # --json alone means that nothing is written
        options["write"] = options["out"] is not None or as_json is None
    try:
        with _quiet_solver():
            result = verb.function(**options, progress=_progress)
        _end_progress()
        if as_json:
            _write_json(result, as_json)
        if as_json != "-":
            _show(verb, result)
    except Refused as fault:
        _fail(str(fault), as_json, BAD_INPUT)
    except KeyboardInterrupt:
        _fail("stopped; nothing was written", as_json, INTERRUPTED)
    except Exception as fault:
        from xlalm.app.fault_log import log_fault

        _fail(f"a fault of xlalm's own ({type(fault).__name__}); please report {log_fault()}", as_json, BUG)
    sys.exit(result.exit_code)


def _may_skip_writing(verb: Verb) -> bool:
    """Whether a verb writes into the book itself unless told otherwise."""
    return "write" in inspect.signature(verb.function).parameters


@contextlib.contextmanager
def _quiet_solver() -> Iterator[None]:
    """Drop what HiGHS prints in spite of its settings: ``--json -`` must stay JSON, and no user can read it."""
    try:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
    except (OSError, ValueError):  # no such streams: nothing can be printed either
        yield
        return
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xlalm", description="A bank's ALCO workbook as an optimiser.")
    parser.add_argument("--version", action="version", version=f"xlalm {__version__}")
    commands = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS.values():
        details = f"Reads {verb.reads}; writes {verb.writes}."
        command = commands.add_parser(verb.name, help=verb.summary, description=f"{verb.summary} {details}")
        for parameter in verb.parameters:
            text = parameter.description.replace("%", "%%")
            if parameter.kind == "changes":
                command.add_argument(
                    "--set", dest=parameter.name, action="append", default=[], metavar="CELL=VALUE", help=text
                )
                continue
            if parameter.kind == "method":
                command.add_argument("--method", default="fnlp", metavar="METHOD", help=text)
                continue
            option = f"--{(parameter.option or parameter.name).replace('_', '-')}"
            if parameter.kind in _OPTIONS:
                how = _OPTIONS[parameter.kind]
                if parameter.option in {"from", "to"}:
                    how = how | {"metavar": parameter.option.upper()}
                command.add_argument(option, dest=parameter.name, default=argparse.SUPPRESS, help=text, **how)
                continue
            if parameter.option:
                metavar = parameter.option.upper()
                command.add_argument(option, dest=parameter.name, type=str, help=text, metavar=metavar)
                continue
            name = parameter.name if parameter.required else option
            kind = str if parameter.kind in {"style", "text"} else Path
            command.add_argument(name, type=kind, help=text, metavar=parameter.name.upper())
        command.add_argument("--json", metavar="FILE", help="write the result as JSON to a file, or - for the screen")
    return parser


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
        sys.stderr.write(f"\r\x1b[K[{done}/{total}] {text}")
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
    for finding in result.findings:
        _say(f"{finding.severity}: {finding}", problem=finding.severity == "error")
    for message in result.messages:
        _say(message)
    if result.status == "bad input":
        errors = sum(finding.severity == "error" for finding in result.findings)
        _say(f"{errors} error(s): nothing was {'evaluated' if verb.name == 'check' else 'solved'}.", problem=True)
    elif verb.name == "check" and not result.findings:
        _say("No findings.")
    if result.written and (_may_skip_writing(verb) or verb.name == "fuzzy"):
        _say(f"Written: {result.written}")
