"""Where everything lies: one place for each path the installer reads, makes or removes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Profile = Literal["runtime", "dev"]

SAMPLE = Path("workbooks") / "alco_template.xlsx"
DEMO_FOLDER = "xlalm-demo"
DEMO_BOOK = "alco_demo.xlsx"
RECORD = ".xlalm-install.json"
BUNDLE = "bundle.json"
# What Excel and LibreOffice lay beside a book that is open.
LOCK_PREFIXES = ("~$", ".~lock.")
LOCKS: dict[Profile, str] = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}


@dataclass(frozen=True)
class Layout:
    """The paths of one checkout, or of one bundle, which holds the same files and the wheels.

    Parameters
    ----------
    root : the folder that holds ``pyproject.toml``.
    windows : whether a virtual environment has ``Scripts`` in place of ``bin``.
    environment : where the virtual environment is to be, if not in the checkout. xlalm is then installed as a wheel,
        so that the application works on without the checkout.
    """

    root: Path
    windows: bool = os.name == "nt"
    environment: Path | None = None

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.environment or self.root / ".venv"

    @property
    def packages(self) -> Path:
        """The folder of the environment's packages, which must exist."""
        return next(self.venv.glob("Lib/site-packages" if self.windows else "lib/python*/site-packages"))

    @property
    def is_bundle(self) -> bool:
        """Whether this is a bundle, which needs no package index."""
        return (self.root / BUNDLE).is_file()

    @property
    def wheels(self) -> Path:
        """A bundle's wheels."""
        return self.root / "wheels"

    @property
    def addin(self) -> Path:
        """The add-in as it was built (in a bundle: and signed)."""
        return self.root / "udfs" / "xlalm.xlam"

    @property
    def books(self) -> list[Path]:
        """The template and the examples."""
        folder = self.root / "workbooks"
        books = [*folder.glob("*.xlsx"), *folder.glob("examples/*/*.xlsx")]
        return sorted(book for book in books if not book.name.startswith(LOCK_PREFIXES))

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.script("python")

    @property
    def state(self) -> Path:
        """Marks the environment as the installer's own and says what is installed in it."""
        return self.venv / "xlalm-environment.json"

    @property
    def log(self) -> Path:
        """All that pip said in the last installation."""
        return self.venv / "xlalm-install.log"

    @property
    def record(self) -> Path:
        """What the installer made, for ``uninstall``."""
        return self.root / RECORD

    @property
    def project(self) -> Path:
        """The project file."""
        return self.root / "pyproject.toml"

    @property
    def sample(self) -> Path:
        """The workbook that the demo solves."""
        return self.root / SAMPLE

    @property
    def demo(self) -> Path:
        """The demo's folder."""
        return self.root / DEMO_FOLDER

    def lock(self, profile: Profile) -> Path:
        """List the exact packages of ``profile``, with their hashes."""
        return self.root / LOCKS[profile]

    def script(self, name: str) -> Path:
        """Locate a program inside the environment."""
        return self.venv / "Scripts" / f"{name}.exe" if self.windows else self.venv / "bin" / name


def checkout() -> Layout:
    """Lay out the checkout this file belongs to."""
    return Layout(Path(__file__).resolve().parent.parent)
