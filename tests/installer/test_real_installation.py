"""All of it with the real venv and pip; and the lock files."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.installer.fake_checkout import checkout, site_packages, tree

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path):
    return checkout(tmp_path)


BACKEND = """\
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "xlalm-0.1.0-py3-none-any.whl"
    info = "xlalm-0.1.0.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("xlalm_editable.pth", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: xlalm\\nVersion: 0.1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""


def make_wheel(folder):
    """Write the smallest wheel there is; return its lock line."""
    path = folder / "tinypackage-1.0-py3-none-any.whl"
    info = "tinypackage-1.0.dist-info"
    content = {
        "tinypackage.py": "answer = 42\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tinypackage\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for name, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        rows.append(f"{name},sha256={digest},{len(text)}\n")
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in content.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{info}/RECORD", "".join(rows) + f"{info}/RECORD,,\n")
    return f"tinypackage==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.mark.long
def test_real_installation_from_end_to_end(place, tmp_path):
    """`python installer install`, doctor, a second run, a wrong hash and `uninstall`, with pip kept off the network."""
    shutil.copytree(ROOT / "installer", place.root / "installer", ignore=shutil.ignore_patterns("__pycache__"))
    (place.root / "build").mkdir()
    (place.root / "build" / "backend.py").write_text(BACKEND)
    (place.root / "xlalm").mkdir()
    (place.root / "xlalm" / "__init__.py").write_text("")
    place.project.write_text(
        '[project]\nname = "xlalm"\nversion = "0.1.0"\ndependencies = ["tinypackage"]\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["build"]\n'
    )
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    place.lock("runtime").write_text(make_wheel(wheels))
    before = tree(place.root)
    # Bytecode on, whatever this machine says: what Python leaves in installer/ must go too.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}

    def installer(verb):
        command = [sys.executable, "installer", verb]
        return subprocess.run(command, cwd=place.root, env=environ, capture_output=True, text=True)

    first = installer("install")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "ready" in first.stdout
    assert "already up to date" in installer("install").stdout
    health = installer("doctor")
    assert health.returncode == 0, health.stdout
    assert re.search(r"ok +tinypackage +1\.0", health.stdout)

    place.lock("runtime").write_text("tinypackage==1.0 --hash=sha256:" + 64 * "0" + "\n")
    shutil.rmtree(site_packages(place) / "tinypackage-1.0.dist-info")
    refused = installer("install")
    assert refused.returncode == 1
    assert "differs from the one the lock file names" in refused.stderr
    assert "Traceback" not in refused.stderr

    assert installer("uninstall").returncode == 0
    shutil.rmtree(place.root / "build" / "__pycache__")  # left by this test's backend, not by the installer
    assert tree(place.root) == before


def pins(name):
    """Give each package of a lock file with its versions, and check that each has hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pinned = re.match(r"([\w.-]+)==([^\s;]+)", line)
            assert pinned, line
            assert "--hash=sha256:" in line, line
            found.setdefault(pinned[1], set()).add(pinned[2])
    return found


def normal(requirement):
    return re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    runtime = {normal(each) for each in project["project"]["dependencies"] + groups["build"]}
    dev = {normal(each) for each in groups["dev"] if isinstance(each, str)}
    assert runtime <= set(pins("requirements.lock")), "run the command in the head of requirements.lock"
    assert runtime | dev <= set(pins("requirements-dev.lock")), "run the command in the head of requirements-dev.lock"


def test_tests_run_with_the_packages_that_users_get():
    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_says_how_it_is_made_again(name):
    head = (ROOT / name).read_text(encoding="utf-8")[:400]
    assert "uv pip compile pyproject.toml --group" in head
    assert "--generate-hashes" in head
    assert f"-o {name}" in head
