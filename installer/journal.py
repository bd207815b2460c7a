"""What the installer did to a machine, written down before it is done, so that all of it can be undone.

Every entry is one of

- ``folder``: made by the installer; removed when nothing is left in it,
- ``tree``: the installer's whole folder; removed with all it holds,
- ``file``: placed by the installer; removed while it is what was placed, and what lay there before is put back,
- ``key``: a registry key made by the installer; removed when nothing is left in it,
- ``open``: the add-in's entry in Excel's list of add-ins.

An entry is written before its deed and dropped after it is undone. Both are safe to repeat, so an interrupted
installation can be gone on with or undone, and so can an interrupted removal.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from installer import addins
from installer.environment import say
from installer.failures import InstallError
from installer.machine import Machine
from installer.record import digest, read_json, write_json
from installer.removal import remove

_FORMAT = 1
_PARTIAL = ".xlalm-partial"
Entry = dict[str, Any]
# What is taken away first; among folders and keys the deepest.
_UNDONE = ("open", "file", "tree", "key", "folder")


class Journal:
    """The record of one machine, kept on disk after every change."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._path = machine.journal
        content = read_json(self._path)
        if self._path.is_file() and not content:
            problem = f"{self._path}, the record of what was installed, cannot be read"
            raise InstallError(problem, "restore it from a backup; without it nothing can be taken away safely")
        if content and content.get("format") != _FORMAT:
            problem = f"{self._path} was written by another version of this installer"
            raise InstallError(problem, "uninstall with the version that installed, then install this one")
        self.content: dict[str, Any] = content or {"format": _FORMAT, "entries": [], "about": {}}

    @property
    def entries(self) -> list[Entry]:
        """What was done, oldest first."""
        entries: list[Entry] = self.content["entries"]
        return entries

    @property
    def about(self) -> dict[str, Any]:
        """What is installed; empty while an installation is under way."""
        about: dict[str, Any] = self.content["about"]
        return about

    def begin(self) -> None:
        """Mark an installation as under way."""
        self._machine.application.mkdir(parents=True, exist_ok=True)
        self.content["about"] = {}
        self._save()

    def finish(self, about: dict[str, Any]) -> None:
        """Say what is now installed."""
        self.content["about"] = about
        self._save()

    def folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        for each in _missing_folders(path):
            self._add({"kind": "folder", "path": str(each)})
            each.mkdir(exist_ok=True)

    def tree(self, path: Path) -> None:
        """Note a folder that is the installer's with all it will hold; one that somebody else made is refused."""
        entry = {"kind": "tree", "path": str(path)}
        if entry not in self.entries and path.exists():
            problem = f"{path} exists and was not made by this installer"
            raise InstallError(problem, "move or delete it, then run the same command again")
        self._add(entry)

    def file(self, path: Path, content: bytes, *, of_the_user: bool = False) -> bool:
        """Place a file with the given bytes; returns whether anything had to be done.

        Parameters
        ----------
        path : where.
        content : what.
        of_the_user : the user works in such files: what somebody made of it, or had there before, stays. Elsewhere it
            is kept beside the new file (changed since) or put back by ``uninstall`` (there before).
        """
        wanted = hashlib.sha256(content).hexdigest()
        entry = self._entry(path)
        present = digest(path) if path.is_file() else None
        if entry is None or not entry["sha256"]:
            if present is not None and (of_the_user or present == wanted):
                say(f"left     {path}: it was there before")
                return False
            self.folder(path.parent)
            entry = self._keep_former(path, of_the_user=of_the_user)
        elif present is not None and present not in entry["sha256"] and present != self._former_digest(entry):
            if of_the_user:
                say(f"left     {path}: it was changed since it was placed")
                return False
            kept = path.with_name(f"{path.name}.changed-{time.strftime('%Y%m%d-%H%M%S')}")
            _write(kept, path.read_bytes())
            say(f"kept     {kept}: {path.name} was changed since it was placed")
        if present == wanted and not self._machine.is_marked(path):
            self._replace(entry, {**entry, "sha256": [wanted]})
            return False
        self.folder(path.parent)
        # Until the file is there it may still be the former version's, which is ours too.
        entry = self._replace(entry, {**entry, "sha256": sorted({*entry["sha256"], wanted})})
        _write(path, content)
        self._machine.unmark(path)
        self._replace(entry, {**entry, "sha256": [wanted]})
        return True

    def key(self, key: str) -> None:
        """Make a registry key and those above it."""
        parts = key.split("\\")
        for depth in range(2, len(parts) + 1):
            each = "\\".join(parts[:depth])
            if not self._machine.registry.exists(each):
                self._add({"kind": "key", "key": each})
                self._machine.registry.create(each)

    def open(self, key: str, addin: Path) -> bool:
        """Enter the add-in in Excel's list; returns whether that had to be done."""
        registry = self._machine.registry
        if addins.position_of(registry, key, addin) is not None:
            return False
        self.key(key)
        position = addins.first_free(registry, key)
        followed = position + 1 in addins.listed(registry, key)
        self._entries_without("open", "key", key)
        self._add({"kind": "open", "key": key, "addin": str(addin), "followed": followed})
        addins.enter(registry, key, addin, position)
        return True

    def retire(self, wanted: Sequence[Path]) -> None:
        """Take away the files that an older version placed and this one does not."""
        for entry in [each for each in self.entries if each["kind"] == "file" and Path(each["path"]) not in wanted]:
            self.undo(entry)

    def in_place(self) -> bool:
        """Tell whether all that was done still stands."""
        return all(self._stands(entry) for entry in self.entries)

    def changed_files(self) -> Iterator[tuple[Path, str]]:
        """Give each placed file that is not what was placed, with ``missing`` or ``changed``."""
        for entry in self.entries:
            path = Path(entry.get("path", ""))
            if entry["kind"] == "file" and not path.is_file():
                yield path, "missing"
            elif entry["kind"] == "file" and not entry["of_the_user"] and digest(path) not in entry["sha256"]:
                yield path, "changed"

    def undo_all(self) -> None:
        """Undo everything, the last deed first; the record goes with the last entry."""
        order = [each for kind in _UNDONE for each in reversed(self.entries) if each["kind"] == kind]
        for entry in sorted(order, key=lambda each: -_depth(each)):
            self.undo(entry)
        clear_away(self._machine)

    def undo(self, entry: Entry) -> None:
        """Undo one deed and drop its entry."""
        registry = self._machine.registry
        if entry["kind"] == "file":
            self._undo_file(entry)
        elif entry["kind"] == "tree":
            _remove_tree(Path(entry["path"]))
        elif entry["kind"] == "folder":
            _remove_if_empty(Path(entry["path"]))
        elif entry["kind"] == "key":
            if not registry.values(entry["key"]) and not registry.keys(entry["key"]):
                registry.delete_key(entry["key"])
        elif entry["kind"] == "open":
            addins.leave(registry, entry["key"], Path(entry["addin"]), close_gap=not entry["followed"])
            say("removed  the add-in from Excel's list of add-ins")
        self.entries.remove(entry)
        self._save()

    def _undo_file(self, entry: Entry) -> None:
        path = Path(entry["path"])
        _partial(path).unlink(missing_ok=True)
        ours = not path.is_file() or digest(path) in entry["sha256"]
        former = self._machine.application / entry["former"] if entry["former"] else None
        if not entry["sha256"]:  # stopped before anything was placed
            if former:
                former.unlink(missing_ok=True)
                _partial(former).unlink(missing_ok=True)
        elif former and former.is_file() and (ours or digest(path) == digest(former)):
            _write(path, former.read_bytes())
            former.unlink()
            say(f"put back {path}")
        elif former and former.is_file():
            say(f"left     {path}: it was changed since; what lay there before is in {former}")
        elif not former and not ours:
            say(f"left     {path}: it was changed since")
        elif not former and path.is_file():
            self._machine.unmark(path)
            path.unlink()
            say(f"removed  {path}")

    def _keep_former(self, path: Path, *, of_the_user: bool) -> Entry:
        """Note a file that is to be placed; what lies there now is copied into the application folder."""
        name = f"former-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}-{path.name}" if path.is_file() else None
        entry: Entry = {"kind": "file", "path": str(path), "former": name, "sha256": [], "of_the_user": of_the_user}
        self._add(entry)
        if name:
            _write(self._machine.application / name, path.read_bytes())
        return entry

    def _former_digest(self, entry: Entry) -> str | None:
        former = self._machine.application / (entry["former"] or "")
        return digest(former) if former.is_file() else None

    def _stands(self, entry: Entry) -> bool:
        if entry["kind"] == "file":
            path = Path(entry["path"])
            if not path.is_file() or self._machine.is_marked(path):
                return False
            return bool(entry["of_the_user"]) or digest(path) in entry["sha256"]
        if entry["kind"] == "open":
            return addins.position_of(self._machine.registry, entry["key"], Path(entry["addin"])) is not None
        return Path(entry["path"]).is_dir() if "path" in entry else self._machine.registry.exists(entry["key"])

    def _entry(self, path: Path) -> Entry | None:
        return next((each for each in self.entries if each["kind"] == "file" and each["path"] == str(path)), None)

    def _entries_without(self, kind: str, name: str, value: str) -> None:
        self.content["entries"] = [
            each for each in self.entries if not (each["kind"] == kind and each.get(name) == value)
        ]

    def _replace(self, old: Entry, new: Entry) -> Entry:
        if old != new:
            self.entries[self.entries.index(old)] = new
            self._save()
        return new

    def _add(self, entry: Entry) -> None:
        if entry not in self.entries:
            self.entries.append(entry)
            self._save()

    def _save(self) -> None:
        write_json(self._path, self.content)


def clear_away(machine: Machine) -> None:
    """Take away the record, which is to hold nothing by now, and the application folder if nothing is left in it."""
    machine.journal.with_name(machine.journal.name + ".partial").unlink(missing_ok=True)
    machine.journal.unlink(missing_ok=True)
    _remove_if_empty(machine.application)


def _depth(entry: Entry) -> int:
    """Count the folders or keys above one, and put everything else before all of them."""
    if entry["kind"] == "folder":
        return len(Path(entry["path"]).parts)
    return len(entry["key"].split("\\")) if entry["kind"] == "key" else 1000


def _partial(path: Path) -> Path:
    return path.with_name(path.name + _PARTIAL)


def _write(path: Path, content: bytes) -> None:
    """Write all of a file or none of it."""
    try:
        _partial(path).write_bytes(content)
        os.replace(_partial(path), path)  # noqa: PTH105  # the one call that replaces on Windows too
    except OSError:
        _partial(path).unlink(missing_ok=True)
        raise


def _missing_folders(path: Path) -> list[Path]:
    """Name the folders that a path lacks, the topmost first."""
    return [each for each in reversed([path, *path.parents]) if not each.exists()]


def _remove_if_empty(path: Path) -> None:
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
    elif path.is_dir():
        say(f"left     {path}: it holds files that are not the installer's")


def _remove_tree(path: Path) -> None:
    if path.exists() or path.is_symlink():
        remove(path)
        say(f"removed  {path}")
