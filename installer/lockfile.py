"""The lock file read for a machine other than this one: pip answers its conditions for the machine it runs on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from installer.failures import InstallError

_TERM = re.compile(r"(sys_platform|python_full_version)\s*(==|!=|<=|>=|<|>)\s*'([^']*)'")


@dataclass(frozen=True)
class Target:
    """A machine to install on.

    Parameters
    ----------
    sys_platform : Python's name of the system: win32, darwin or linux.
    python : the version of Python, such as (3, 12).
    """

    sys_platform: str
    python: tuple[int, int]


@dataclass(frozen=True)
class Pin:
    """One package of the lock file: its name, its version, and its lines without the condition."""

    name: str
    version: str
    lines: str


def pins(lock: Path, target: Target) -> list[Pin]:
    """List the packages of a lock file that a target needs.

    Raises
    ------
    InstallError : a condition is of a kind that this reader does not know.
    """
    text = lock.read_text(encoding="utf-8")
    found = []
    for block in re.findall(r"^[A-Za-z0-9][^\n]*(?:\n[ \t]+[^\n]*)*", text, flags=re.MULTILINE):
        head, _, rest = block.partition("\\")
        requirement, _, condition = head.partition(";")
        if holds(condition, target):
            name, _, version = requirement.strip().partition("==")
            found.append(Pin(name, version, f"{requirement.strip()} \\{rest}"))
    return found


def holds(condition: str, target: Target) -> bool:
    """Answer a condition of a lock line; an empty one holds."""
    if not condition.strip():
        return True
    return any(all(_term(term, target) for term in part.split(" and ")) for part in condition.split(" or "))


def _term(text: str, target: Target) -> bool:
    match = _TERM.fullmatch(text.strip())
    if match is None:
        problem = f"the lock file holds a condition this installer does not know: {text.strip()}"
        raise InstallError(problem, "take the requirements.lock of the same version of xlalm")
    name, sign, value = match.groups()
    if name == "sys_platform":
        return (target.sys_platform == value) == (sign == "==")
    wanted = tuple(int(part) for part in value.split("."))[:2]
    compared = {
        "==": target.python == wanted,
        "!=": target.python != wanted,
        "<": target.python < wanted,
        "<=": target.python <= wanted,
        ">": target.python > wanted,
        ">=": target.python >= wanted,
    }
    return compared[sign]
