"""A checkout with tiny lock files, and programs that make an empty environment for it."""

import json
import venv

import pytest

from installer.layout import Layout


def checkout(folder):
    """Make a checkout with tiny lock files, without an environment."""
    root = folder / "checkout"
    (root / "workbooks").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[project]\nname = "xlalm"\ndependencies = ["attrs>=25", "XlsxWriter<4"]\n')
    (root / "requirements.lock").write_text("attrs==26.1.0 \\\n    --hash=sha256:00\n")
    (root / "requirements-dev.lock").write_text("attrs==26.1.0\npytest==9.2.0\nwx==1 ; sys_platform == 'nowhere'\n")
    (root / "workbooks" / "alco_template.xlsx").write_bytes(b"the sample")
    return Layout(root)


class Commands:
    """Stands in for the programs the installer runs: makes an empty environment, and notes what pip was asked."""

    def __init__(self, place, stop_at=None, fail_with=None):
        self.place, self.stop_at, self.fail_with = place, stop_at, fail_with
        self.calls = []
        self.state_during_pip = []

    def __call__(self, command, place, line_seen):
        if command[1:3] == ["-m", "venv"]:
            self.calls.append("venv")
            venv.create(place.venv, with_pip=False)
            (site_packages(place) / "pip").mkdir()
            (site_packages(place) / "pip" / "__main__.py").write_text("")
            return 0, ""
        step = "project" if "--editable" in command else "lock"
        self.calls.append(step)
        self.state_during_pip.append(json.loads(place.state.read_text())["installed"])
        if step == self.stop_at:
            raise KeyboardInterrupt
        if self.fail_with:
            return 1, self.fail_with
        line_seen("Collecting attrs==26.1.0 (from -r requirements.lock (line 1))\n")
        return 0, ""


def site_packages(place):
    pattern = "Lib/site-packages" if place.windows else "lib/python*/site-packages"
    return next(place.venv.glob(pattern))


def never(command, place, line_seen):
    pytest.fail(f"nothing was to be run, but {command} was")


def tree(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
