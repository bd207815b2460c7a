"""What tests need of the machine, each piece by the Debian package that brings it.

A test says so by ``@pytest.mark.needs("poppler-utils")``; the marker ``calc`` stands for OFFICE. Where a piece is
absent the test is skipped with the package's name; in CI, which installs every one of them, it fails.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping

import pytest

from tests.calc.office import has_uno, soffice_binary

OFFICE = ("libreoffice-calc", "python3-uno")


def _part_of_the_office(name: str) -> bool:
    binary = soffice_binary()
    return binary is not None and binary.with_name(name).is_file()


PIECES: Mapping[str, Callable[[], bool]] = {
    "git": lambda: shutil.which("git") is not None,
    "libreoffice-calc": lambda: _part_of_the_office("libsclo.so"),
    "libreoffice-script-provider-python": lambda: _part_of_the_office("pythonscript.py"),
    "poppler-utils": lambda: shutil.which("pdftotext") is not None,
    "python3-uno": has_uno,
}


def absent(packages: Iterable[str]) -> list[str]:
    """Return those packages whose piece is not there."""
    return [package for package in packages if not PIECES[package]()]


def require(packages: Iterable[str]) -> None:
    """Skip the running test where a piece is absent; fail it in CI."""
    lacking = " ".join(absent(packages))
    if lacking:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"not installed: {lacking}")


def of_test(item: pytest.Item) -> list[str]:
    """Return the packages that a test's markers ask for."""
    office = OFFICE if item.get_closest_marker("calc") else ()
    return list(dict.fromkeys([*office, *(name for marker in item.iter_markers("needs") for name in marker.args)]))
