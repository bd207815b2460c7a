"""Excel's list of add-ins to open: the registry values OPEN, OPEN1, OPEN2, …, which it reads up to the first gap."""

from __future__ import annotations

import re
from pathlib import Path

from installer.registry import REG_SZ, Registry

_NAME = re.compile(r"OPEN(\d*)", re.IGNORECASE)


def listed(registry: Registry, key: str) -> dict[int, tuple[str, str]]:
    """Give Excel's list as position → (value's name, data); positions may be missing."""
    found = {}
    for name, (_, data) in registry.values(key).items():
        match = _NAME.fullmatch(name)
        if match and isinstance(data, str):
            found[int(match[1] or 0)] = (name, data)
    return dict(sorted(found.items()))


def names(data: str, addin: Path) -> bool:
    r"""Tell whether an entry opens this add-in.

    Notes
    -----
    Excel writes ``"C:\…\name.xlam"``, with switches such as ``/R`` before it, and the bare name for what lies in its
    own folder for add-ins. An add-in of the same name in another folder is somebody else's.
    """
    target = re.sub(r"^(\s*/\w+\s+)*", "", data).strip().strip('"').lower()
    return target in (str(addin).lower(), addin.name.lower())


def position_of(registry: Registry, key: str, addin: Path) -> int | None:
    """Find the add-in in Excel's list; Excel may have moved it since it was entered."""
    return next((at for at, (_, data) in listed(registry, key).items() if names(data, addin)), None)


def first_free(registry: Registry, key: str) -> int:
    """Find the first position that is not taken: a later one would not be read."""
    taken = listed(registry, key)
    return next(at for at in range(len(taken) + 1) if at not in taken)


def enter(registry: Registry, key: str, addin: Path, position: int) -> None:
    """Enter the add-in at a free position."""
    registry.write(key, _name(position), (REG_SZ, f'"{addin}"'))


def leave(registry: Registry, key: str, addin: Path, *, close_gap: bool) -> None:
    """Take the add-in from the list; what follows moves up by one, or Excel would no longer read it.

    Notes
    -----
    Each entry is written to its new place before its old one goes, so an interruption loses none.
    """
    position = position_of(registry, key, addin)
    if position is None:
        return
    entries = listed(registry, key)
    last = position
    while close_gap and last + 1 in entries:
        registry.write(key, entries[last][0], registry.values(key)[entries[last + 1][0]])
        last += 1
    registry.delete_value(key, entries[last][0])


def _name(position: int) -> str:
    return f"OPEN{position or ''}"
