"""The verb `bundle`: what it asks of pip, what lies in the folder, and that the folder installs without a network."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from installer import verbs
from installer.bundle import bundle, here
from installer.doctor.application import examine_application
from installer.environment import run_logged
from installer.excel import check_bundle, install_for_excel, uninstall_from_excel
from installer.failures import InstallError
from installer.layout import Layout
from installer.lockfile import Target, holds, pins
from installer.machine import run_quietly
from tests.installer.fake_machine import WHEEL, Downloads, Pip, addin, mac, never, snapshot, source, windows

ROOT = Path(__file__).resolve().parents[2]
LOCK = """\
# made by hand
appscript==1.5.0 ; sys_platform == 'darwin' \\
    --hash=sha256:01
attrs==26.1.0 \\
    --hash=sha256:02 \\
    --hash=sha256:03
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:04
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:05
pywin32==312 ; sys_platform == 'win32' and python_full_version < '3.15' \\
    --hash=sha256:06
"""


@pytest.fixture
def checkout(tmp_path):
    layout = source(tmp_path / "checkout")
    layout.lock("runtime").write_text(LOCK)
    return layout


@pytest.fixture
def made(tmp_path, checkout):
    """A bundle for a Windows with this Python, made on a Mac."""
    machine = mac(tmp_path / "builder")
    assert bundle(machine, checkout, here(tmp_path / "bundle", "win_amd64"), run=Downloads()) == 0
    return Layout(tmp_path / "bundle")


# --- the lock file for another machine --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "python", "expected"),
    [
        ("win32", (3, 12), {"attrs": "26.1.0", "numpy": "2.5.5", "pywin32": "312"}),
        ("darwin", (3, 11), {"appscript": "1.5.0", "attrs": "26.1.0", "numpy": "2.4.6"}),
        ("linux", (3, 14), {"attrs": "26.1.0", "numpy": "2.5.5"}),
    ],
)
def test_lock_is_read_for_the_machine_it_is_for(checkout, platform, python, expected):
    found = pins(checkout.lock("runtime"), Target(platform, python))
    assert {pin.name: pin.version for pin in found} == expected
    assert all(";" not in pin.lines and "--hash=sha256:" in pin.lines for pin in found)
    attrs = next(pin for pin in found if pin.name == "attrs")
    assert attrs.lines == "attrs==26.1.0 \\\n    --hash=sha256:02 \\\n    --hash=sha256:03"


def test_pip_itself_reads_the_real_lock_the_same_way():
    """For this machine our reading of the conditions is that of pip's own library."""
    markers = pytest.importorskip("packaging.markers")
    lock = ROOT / "requirements.lock"
    theirs = set()
    for line in lock.read_text().splitlines():
        match = re.match(r"([\w.-]+)==(\S+)(?: ; ([^\\]+))?", line)
        if match and (not match[3] or markers.Marker(match[3].strip()).evaluate()):
            theirs.add((match[1], match[2]))
    ours = pins(lock, Target(sys.platform, (sys.version_info[0], sys.version_info[1])))
    assert {(pin.name, pin.version) for pin in ours} == theirs
    assert len(theirs) > 10


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("", True),
        ("sys_platform == 'win32' or sys_platform == 'darwin'", True),
        ("sys_platform != 'win32' and python_full_version >= '3.11'", False),
        ("python_full_version == '3.12'", True),
        ("python_full_version <= '3.11'", False),
        ("python_full_version > '3.12'", False),
        ("python_full_version != '3.12'", False),
    ],
)
def test_conditions(condition, answer):
    assert holds(condition, Target("win32", (3, 12))) is answer


def test_unknown_condition_is_told():
    with pytest.raises(InstallError, match="platform_machine == 'arm64'"):
        holds("platform_machine == 'arm64'", Target("darwin", (3, 12)))


# --- the bundle -------------------------------------------------------------------------------------------------------


def test_bundle_holds_all_an_installation_needs(made, checkout):
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    told = json.loads((made.root / "bundle.json").read_text())
    assert (told["python"], told["platform"], told["system"], told["version"]) == (
        running,
        "win_amd64",
        "windows",
        "0.1.0",
    )
    files = {path.relative_to(made.root).as_posix() for path in made.root.rglob("*") if path.is_file()}
    assert set(told["files"]) == files - {"bundle.json"}
    assert {
        f"wheels/{WHEEL}",
        "wheels/pywin32-312-py3-none-any.whl",
        "installer/__main__.py",
        "udfs/xlalm.xlam",
    } <= files
    assert not [name for name in files if "appscript" in name]
    assert "py -" in (made.root / "README.txt").read_text()
    assert made.addin.read_bytes() == checkout.addin.read_bytes()
    assert not (made.root / "wheels.lock").exists()


def test_pip_is_asked_for_the_other_machines_wheels_with_their_hashes(tmp_path, checkout):
    pip = Downloads()
    bundle(mac(tmp_path / "builder"), checkout, here(tmp_path / "bundle", "win_amd64", "3.12"), run=pip)
    asked = next(command for command in pip.commands if "download" in command)
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(asked)
    assert asked[asked.index("--platform") + 1] == "win_amd64"
    assert asked[asked.index("--python-version") + 1] == "3.12"
    assert "pywin32==312" in pip.locks[0]
    assert ";" not in pip.locks[0], "pip would answer conditions for the machine it runs on"
    built = next(command for command in pip.commands if "wheel" in command)
    assert "--no-build-isolation" in built, "nothing but the lock file's hatchling builds it"


def test_older_linux_wheels_are_asked_for_too(tmp_path, checkout):
    pip = Downloads()
    bundle(mac(tmp_path / "builder"), checkout, here(tmp_path / "bundle", "linux-x86_64", "3.12"), run=pip)
    asked = next(command for command in pip.commands if "download" in command)
    platforms = [asked[at + 1] for at, word in enumerate(asked) if word == "--platform"]
    assert {"manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"} <= set(platforms)


def test_second_bundle_in_a_folder_leaves_no_old_wheel(tmp_path, made, checkout):
    (made.wheels / "numpy-1.0-py3-none-any.whl").write_text("old")
    bundle(mac(tmp_path / "builder"), checkout, here(made.root, "win_amd64"), run=Downloads())
    assert not (made.wheels / "numpy-1.0-py3-none-any.whl").exists()
    assert len([*made.wheels.glob("xlalm-*.whl")]) == 1


def test_interrupted_bundle_is_none_and_is_gone_on_with(tmp_path, checkout):
    machine, folder = mac(tmp_path / "builder"), tmp_path / "bundle"
    with pytest.raises(InstallError, match="no ready-made scipy==1"):
        bundle(
            machine, checkout, here(folder, "win_amd64"), run=Downloads("No matching distribution found for scipy==1")
        )
    assert not Layout(folder).is_bundle
    assert "not complete" in (folder / "README.txt").read_text()
    bundle(machine, checkout, here(folder, "win_amd64"), run=Downloads())
    assert Layout(folder).is_bundle


def test_foreign_folder_is_left_alone(tmp_path, checkout):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(InstallError, match="no bundle"):
        bundle(mac(tmp_path / "builder"), checkout, here(tmp_path / "mine"), run=never)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("platform", "python", "told"),
    [("amiga_68k", "3.12", "unknown platform"), ("win32", "3.12", "unknown platform"), (None, "3.10", "no lock for")],
)
def test_what_cannot_be_bundled_is_told(tmp_path, checkout, platform, python, told):
    with pytest.raises(InstallError, match=told):
        bundle(mac(tmp_path / "builder"), checkout, here(tmp_path / "bundle", platform, python), run=never)


def test_missing_add_in_is_told(tmp_path, checkout):
    checkout.addin.unlink()
    with pytest.raises(InstallError, match=r"udfs/xlalm\.xlam is missing"):
        bundle(mac(tmp_path / "builder"), checkout, here(tmp_path / "bundle"), run=never)


def test_bundle_installs_without_an_index(tmp_path, made):
    asked = []

    def pip(command, layout, line_seen):
        asked.append(list(command))
        if "--no-deps" in command:
            (layout.packages / "xlalm" / "_udfs").mkdir(parents=True)
            return 0, ""
        return Pip()(command, layout, line_seen)

    machine = windows(tmp_path / "machine")
    before = snapshot(tmp_path / "machine")
    install_for_excel(machine, made, run=pip)
    for command in asked[1:]:
        assert {"--no-index", "--find-links", str(made.wheels)} <= set(command)
    assert asked[-1][-1] == str(made.wheels / WHEEL)
    install_for_excel(machine, made, run=never)
    uninstall_from_excel(machine)
    assert snapshot(tmp_path / "machine") == before


def test_changed_missing_and_unfit_bundles_are_refused(tmp_path, made):
    machine = windows(tmp_path / "machine")
    check_bundle(machine, made)
    with pytest.raises(InstallError, match="the bundle is for windows; this is macos"):
        check_bundle(mac(tmp_path / "mac"), made)
    told = json.loads((made.root / "bundle.json").read_text())
    (made.root / "bundle.json").write_text(json.dumps(told | {"python": "3.10"}))
    with pytest.raises(InstallError, match=r"the bundle is for Python 3\.10"):
        check_bundle(machine, made)
    (made.root / "bundle.json").write_text(json.dumps(told))
    wheel = made.wheels / "attrs-26.1.0-py3-none-any.whl"
    wheel.write_text("changed")
    with pytest.raises(InstallError, match="is not what was bundled"):
        install_for_excel(machine, made, run=never)
    wheel.unlink()
    with pytest.raises(InstallError, match="is missing") as caught:
        install_for_excel(machine, made, run=never)
    assert "copy the bundle again" in caught.value.cure


def test_bundle_of_a_bundle_is_refused(tmp_path, made):
    with pytest.raises(InstallError, match="a bundle itself"):
        bundle(windows(tmp_path / "machine"), made, here(tmp_path / "other"), run=never)


def test_verb_takes_the_folder_and_the_options(tmp_path, checkout, monkeypatch, capsys):
    pip = Downloads()
    monkeypatch.setattr("installer.environment.run_logged", pip)
    monkeypatch.setattr("installer.bundle.run_logged", pip)
    machine = mac(tmp_path / "builder")
    arguments = ["bundle", str(tmp_path / "b"), "--platform", "macosx_12_0_arm64", "--python", "3.13"]
    assert verbs.main(arguments, checkout, machine) == 0
    told = json.loads((tmp_path / "b" / "bundle.json").read_text())
    assert (told["platform"], told["python"], told["system"]) == ("macosx_12_0_arm64", "3.13", "macos")
    assert "python3.13 b/installer install" in capsys.readouterr().out


# --- all of it for real -----------------------------------------------------------------------------------------------


def tiny_wheel(folder, name, content, requires=()):
    """Write a wheel; return its lock line."""
    info = f"{name}-0.1.0.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    content = content | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-0.1.0-py3-none-any.whl"
    rows = []
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in content.items():
            wheel.writestr(inside, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            rows.append(f"{inside},sha256={digest},{len(text)}\n")
        wheel.writestr(f"{info}/RECORD", "".join(rows) + f"{info}/RECORD,,\n")
    return f"{name}==0.1.0 \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def hand_made_bundle(root, system):
    """Make a bundle of two small wheels, so that the real venv and pip install it in seconds."""
    made = source(root)
    made.wheels.mkdir()
    made.lock("runtime").write_text(
        tiny_wheel(made.wheels, "xlwings", {"xlwings/__init__.py": "", "xlwings/xlwings-1.applescript": "on"})
    )
    tiny_wheel(
        made.wheels, "xlalm", {"xlalm/__init__.py": "", "xlalm/_udfs/xlalm_udfs.py": "answer = 42\n"}, ["xlwings"]
    )
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    files = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }
    (root / "bundle.json").write_text(json.dumps({"python": running, "system": system, "files": files}))
    return made


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="the Mac in a folder needs a virtual environment of a Mac's shape")
def test_real_environment_from_a_bundle_without_an_index(tmp_path, monkeypatch):
    """The real venv and pip, in a Mac that lies in a folder; pip is kept off every index."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/none")
    made = hand_made_bundle(tmp_path / "bundle", "macos")
    machine = replace(mac(tmp_path / "machine"), run=run_quietly)
    before = snapshot(tmp_path / "machine")
    assert install_for_excel(machine, made, run=run_logged) == 0
    settings = dict(line.strip('"').split('","') for line in machine.configuration.read_text().splitlines())
    python, folder = (settings[name].replace("$HOME", str(machine.home)) for name in ("INTERPRETER_MAC", "PYTHONPATH"))
    program = f"import sys; sys.path.insert(0, {folder!r}); import xlalm_udfs; print(xlalm_udfs.answer)"
    assert subprocess.run([python, "-c", program], capture_output=True, text=True).stdout == "42\n"
    assert install_for_excel(machine, made, run=never) == 0
    findings = {finding.subject: finding for finding in examine_application(machine)}
    assert findings["lock"].level == findings["configuration"].level == findings["files"].level == "ok"
    assert findings["numpy"].level == "problem", "the small bundle lacks it"
    (machine.application / "environment" / "lib").rename(machine.application / "environment" / "damaged")
    assert install_for_excel(machine, hand_made_bundle(tmp_path / "newer", "macos"), run=run_logged) == 0
    assert subprocess.run([python, "-c", program], capture_output=True, text=True).stdout == "42\n"
    assert uninstall_from_excel(machine) is True
    assert snapshot(tmp_path / "machine") == before


@pytest.mark.long
def test_real_wheel_carries_the_functions_the_workbooks_and_the_doctor(tmp_path):
    """Built by hatchling as `bundle` builds it; the doctor runs from where the wheel puts it."""
    skip = shutil.ignore_patterns("__pycache__", ".*_cache", "pictures")
    for name in ("xlalm", "udfs", "workbooks", "installer"):
        shutil.copytree(ROOT / name, tmp_path / "checkout" / name, ignore=skip)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path / "checkout")
    addin(tmp_path / "checkout" / "udfs" / "xlalm.xlam", "any")
    program = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", program, str(tmp_path)]
    built = subprocess.run(command, cwd=tmp_path / "checkout", capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(tmp_path / built.stdout.split()[-1]) as wheel:
        names = set(wheel.namelist())
        wheel.extractall(tmp_path / "site")
    wanted = {"_udfs/xlalm.xlam", "_workbooks/alco_template.xlsx", "_installer/installer/__main__.py"}
    assert {f"xlalm/{name}" for name in wanted} <= names
    assert not [name for name in names if not name.startswith("xlalm")]
    doctor = [sys.executable, str(tmp_path / "site/xlalm/_installer/installer"), "doctor", "--json"]
    told = subprocess.run(doctor, cwd=tmp_path, capture_output=True, text=True)
    assert told.stderr == ""
    findings = [json.loads(line) for line in told.stdout.splitlines()]
    assert {"system", "Python", "Excel"} <= {finding["subject"] for finding in findings}
    assert all(set(finding) == {"level", "subject", "text", "cure"} for finding in findings)
