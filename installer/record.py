"""The record of what the installer made, so that ``uninstall`` removes exactly that."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from installer.layout import Layout

Kind = Literal["tree", "folder", "file"]

# What Python, pytest, mypy and their kind leave behind when a verb runs them.
_TOOL_CACHES = (".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache")
_SOURCE_FOLDERS = ("installer", "tests", "udfs", "workbooks", "xlalm")


def digest(path: Path) -> str:
    """Hash a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_json(path: Path, content: object) -> None:
    """Write all of a small file or none of it."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(partial, path)  # noqa: PTH105  # the one call that replaces on Windows too


def read_json(path: Path) -> dict[str, object]:
    """Read a file that ``write_json`` wrote; empty where it is missing or unreadable."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


class Record:
    """What the installer made in one checkout, kept on disk after every change.

    A ``tree`` is removed whole, a ``folder`` only when nothing is left in it, a ``file`` only while it is what was
    written.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        made = read_json(layout.record).get("made")
        self._made: dict[str, dict[str, str]] = made if isinstance(made, dict) else {}

    def __iter__(self) -> Iterator[tuple[Path, Kind, str]]:
        """Give each path with its kind and, for a file, its hash; what lies deepest comes first."""
        for name in sorted(self._made, key=lambda name: (-name.count("/"), name)):
            entry = self._made[name]
            kind = entry.get("kind")
            if kind in ("tree", "folder", "file"):
                yield self._layout.root / name, kind, entry.get("sha256", "")  # type: ignore[misc]

    def add(self, path: Path, kind: Kind) -> None:
        """Note a path inside the checkout, before it is made (tree, folder) or after it is written (file)."""
        name = path.relative_to(self._layout.root).as_posix()
        self._made[name] = {"kind": kind} | ({"sha256": digest(path)} if kind == "file" else {})
        self._save()

    def forget(self, path: Path) -> None:
        """Drop a path; with the last one the record itself goes."""
        self._made.pop(path.relative_to(self._layout.root).as_posix(), None)
        self._save()

    def unchanged(self, path: Path) -> bool:
        """Tell whether a file is still what the installer wrote there."""
        entry = self._made.get(path.relative_to(self._layout.root).as_posix(), {})
        return path.is_file() and entry.get("sha256") == digest(path)

    @contextmanager
    def watching_caches(self) -> Iterator[None]:
        """Note the tool caches that appear while a verb runs; those that were there before are not ours."""
        before = set(_caches(self._layout.root))
        try:
            yield
        finally:
            for path in _caches(self._layout.root):
                if path not in before:
                    self.add(path, "tree")

    def _save(self) -> None:
        if self._made:
            write_json(self._layout.record, {"made": self._made})
        else:
            self._layout.record.unlink(missing_ok=True)


def _caches(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _TOOL_CACHES if (root / name).is_dir())
    for folder in _SOURCE_FOLDERS:
        yield from (root / folder).rglob("__pycache__")
