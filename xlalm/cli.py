"""The command line, generated from the registry of verbs; no logic of its own.

It uses argparse because a click starts a fresh interpreter: typer would double the start-up.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from xlalm.app.registry import VERBS
from xlalm.app.run.targets import check_targets
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


class _OutputLostError(Exception):
    """Standard output cannot take what must be said: it is full, closed, or there is none."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of design section 7."""
    before: list[object] = []
    targets: list[Path] = []
    as_json = None
    try:
        options = vars(_parser().parse_args(arguments))
        verb, as_json, force = VERBS[options.pop("verb")], options.pop("json"), options.pop("force", False)
        if verb.in_place:  # --json alone means that nothing is written
            options["write"] = "out" in options or as_json is None
        file = Path(as_json) if as_json and as_json != "-" else None
        check_targets(verb, options, json_file=file, force=force)
        targets = [Path(given) for given in (*options.values(), file) if isinstance(given, Path)]
        before = [_state(target) for target in targets]
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
        new = [path.name for path, state in zip(targets, before, strict=False) if _state(path) != state]
        said = f"{' and '.join(new)} had been written" if new else "nothing was written"
        _fail(f"stopped; {said}", as_json, INTERRUPTED)
    except _OutputLostError as fault:
        _give_up(f"standard output cannot be written ({fault})")
    except Exception as fault:
        from xlalm.app.fault_log import log_fault

        _fail(f"a fault of xlalm's own ({type(fault).__name__}); please report {log_fault()}", as_json, BUG)
    sys.exit(result.exit_code)


def _state(path: Path) -> object:
    """Return what changes when a file is replaced."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xlalm", description="A bank's ALCO workbook as an optimiser.")
    parser.add_argument("--version", action=_Version, nargs=0, dest=argparse.SUPPRESS, help="show the version and exit")
    commands = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS.values():
        details = f"Reads {verb.reads}; writes {verb.writes}."
        command = commands.add_parser(verb.name, help=verb.summary, description=f"{verb.summary} {details}")
        for parameter in verb.parameters:
            _add_argument(command, parameter)
        command.add_argument("--json", metavar="FILE", help="write the result as JSON to a file, or - for the screen")
        command.add_argument("--force", action="store_true", help="replace a file that is no result, after a backup")
    return parser


class _Version(argparse.Action):
    def __call__(self, *_: Any) -> None:
        _print(f"xlalm {__version__}\n")
        sys.exit(0)


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
    _print(one_line(text, None) + "\n", problem=problem)


def _print(text: str, *, problem: bool = False) -> None:
    """Write a text; a lost standard error loses its words only."""
    stream = sys.stderr if problem else sys.stdout
    try:
        if stream is None:  # pythonw, or closed from the start
            _lost(stream, problem, "there is none")
            return
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, errors="replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:  # the reader has seen enough; Python would complain once more at exit
        _drop(stream)
    except (OSError, ValueError) as fault:
        _lost(stream, problem, getattr(fault, "strerror", None) or str(fault))


def _lost(stream: TextIO | None, problem: bool, why: str) -> None:
    _drop(stream)
    if not problem:
        raise _OutputLostError(why)


def _drop(stream: TextIO | None) -> None:
    """Let what a stream still holds go nowhere, so that Python does not complain of it at exit."""
    with contextlib.suppress(OSError, ValueError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _progress(done: int, total: int, text: str) -> None:
    if _is_screen(sys.stderr):
        sys.stderr.write(f"\r\x1b[K[{100 * done // total}%] {text}")
        sys.stderr.flush()


def _end_progress() -> None:
    if _is_screen(sys.stderr):
        sys.stderr.write("\r\x1b[K")


def _is_screen(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _write_json(result: Result, target: str) -> None:
    document: dict[str, Any] = result.as_json()
    text = json.dumps(document, ensure_ascii=target == "-", indent=2, allow_nan=False, default=str)
    if target == "-":
        _print(text + "\n")
        return
    from xlalm.workbook.writing import write_text

    write_text(Path(target), text + "\n")


def _fail(text: str, as_json: str | None, code: int) -> NoReturn:
    _end_progress()
    if as_json == "-":
        finding = {"severity": "error", "cell": None, "text": text, "cure": ""}
        status = "bad input" if code == BAD_INPUT else "failed"
        with contextlib.suppress(_OutputLostError):  # the sentence below says it too
            _print(json.dumps({"status": status, "findings": [finding]}) + "\n")
    _give_up(text, code)


def _give_up(text: str, code: int = BUG) -> NoReturn:
    _say(f"xlalm: {text}", problem=True)
    sys.exit(code)


def _show(verb: Verb, result: Result) -> None:
    from xlalm.reporting.said import screen_lines

    for line in screen_lines(result, undone=verb.undone, all_clear=verb.all_clear, says_where=verb.says_where):
        _say(line.text, problem=line.problem)
