"""What a run may write over: looked at before anything runs."""

import glob
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from xlalm.app.verb import Verb
from xlalm.domain.errors import Refused
from xlalm.ledger.places import IN_MEMORY, MANIFEST_SUFFIX, manifest_beside

_READ_AT_MOST = 1_000_000_000


@attrs.frozen
class _Target:
    """A file that a run writes: ``kind`` is workbook, new workbook, JSON or manifest."""

    path: Path
    kind: str

    @property
    def place(self) -> str:
        return os.path.realpath(self.path)


def check_targets(verb: Verb, given: Mapping[str, Any], *, json_file: Path | None = None, force: bool = False) -> None:
    """Refuse a run that would write over what it reads, over another of its outputs, or over what is not ours.

    Parameters
    ----------
    given : arguments of the verb by name, files as paths or text; tables in memory are no files.
    json_file : where the host writes the result besides.
    force : a file that is not ours may be replaced; it gets a backup first.

    Raises
    ------
    Refused
        Nothing was read or written.
    """
    reads = {
        os.path.realpath(given[p.name]): p.kind
        for p in verb.parameters
        if p.kind in {"book", "saved book", "manifest"} and isinstance(given.get(p.name), str | Path)
    }
    book = given.get("book")
    source = Path(book).name if isinstance(book, str | Path) else IN_MEMORY
    written: dict[str, _Target] = {}
    for target in _targets(verb, given, json_file):
        name, other = target.path.name, written.setdefault(target.place, target)
        if other is not target:
            text = f"{name} would be written twice, as {other.kind} and as {target.kind}"
            raise Refused(None, text, "give each a name of its own")
        in_place = target.kind == "workbook" and reads.get(target.place) in {"book", "saved book"}
        if target.place in reads and not in_place:
            text = f"{name} is what this run reads; the {target.kind} would replace it"
            raise Refused(None, text, "give another name")
        if not in_place:
            _check(target, source, force=force)


def _targets(verb: Verb, given: Mapping[str, Any], json_file: Path | None) -> Iterator[_Target]:
    out = next((given.get(p.name) for p in verb.parameters if p.kind == "new path"), None)
    required = any(p.kind == "new path" and p.required for p in verb.parameters)
    book = given.get("book")
    if out is not None:
        yield _Target(Path(out), "new workbook" if required else "workbook")
    elif verb.in_place and given.get("write", True) and isinstance(book, str | Path):
        out = book
        yield _Target(Path(book), "workbook")
    if out is not None and Path(out).name and (verb.is_analysis or verb.leaves_manifest):
        yield _Target(manifest_beside(Path(out), verb.name if verb.is_analysis else ""), "manifest")
    if json_file is not None:
        yield _Target(json_file, "JSON")


def _check(target: _Target, source: str, *, force: bool) -> None:
    path = target.path
    try:
        status = path.stat()
    except OSError:  # not there, or not to be seen: writing says why
        return
    is_folder = stat.S_ISDIR(status.st_mode)
    if is_folder and target.kind in {"workbook", "new workbook"}:  # the verb says what it wants
        return
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if is_folder else "a device or a pipe"
        raise Refused(None, f"{path.name or path} is {what}", "name a file")
    if target.kind == "new workbook" or _is_ours(target, source):
        return
    if not force:
        text = f"{path.name} is there already and is no {target.kind} that xlalm wrote"
        raise Refused(None, text, "give another name, or replace it with --force, which keeps a backup")
    from xlalm.workbook.package.backup import backup

    backup(path)


def _is_ours(target: _Target, source: str) -> bool:
    """Whether an existing file is what an earlier run of the same book wrote; its own inputs would be lost else."""
    if target.kind == "workbook":
        places = target.path.parent.glob(f"{glob.escape(target.path.stem)}*{MANIFEST_SUFFIX}")
        return any(_document(place).get("book") == source != target.path.name for place in places)
    marks = {"inputs_sha256", "result_sha256"} if target.kind == "manifest" else {"status", "findings"}
    return marks <= _document(target.path).keys()


def _document(path: Path) -> dict[str, Any]:
    """Return the JSON object that a file holds, an empty one where it holds none."""
    try:
        with path.open(encoding="utf-8") as stream:
            document = json.loads(stream.read(_READ_AT_MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
