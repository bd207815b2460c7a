"""What `python3 installer <verb>` promises, tried without a network in checkouts made for the purpose."""

import ast
import base64
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from installer import checks, demo, environment, failures, layout, removal, verbs
from installer.doctor import doctor
from installer.layout import DEMO_BOOK, Layout
from installer.record import Record

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path):
    """A checkout with tiny lock files, without an environment."""
    root = tmp_path / "checkout"
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


# --- the environment --------------------------------------------------------------------------------------------------


def test_first_run_installs_and_second_does_nothing(place):
    commands = Commands(place)
    assert environment.ensure(place, "runtime", run=commands) is True
    assert commands.calls == ["venv", "lock", "project"]
    assert environment.ensure(place, "runtime", run=never) is False


def test_stamp_is_written_last(place):
    commands = Commands(place)
    environment.ensure(place, "dev", run=commands)
    assert commands.state_during_pip == [{}, {}], "while pip works, nothing may look installed"
    assert environment.is_current(place, "dev")
    assert environment.is_current(place, "runtime"), "the development packages hold the runtime ones"


def test_runtime_environment_is_not_enough_for_tests(place):
    environment.ensure(place, "runtime", run=Commands(place))
    assert not environment.is_current(place, "dev")
    commands = Commands(place)
    environment.ensure(place, "dev", run=commands)
    assert commands.calls == ["lock", "project"], "the environment is added to, not built anew"


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_changed_lock_or_project_installs_again(place, name):
    environment.ensure(place, "runtime", run=Commands(place))
    with (place.root / name).open("a") as file:
        file.write("# changed\n")
    assert not environment.is_current(place, "runtime")
    commands = Commands(place)
    environment.ensure(place, "runtime", run=commands)
    assert commands.calls == ["lock", "project"]


def test_line_endings_do_not_count_as_a_change(place):
    before = environment.fingerprint(place, "runtime")
    for path in (place.project, place.lock("runtime")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert environment.fingerprint(place, "runtime") == before


@pytest.mark.parametrize("step", ["lock", "project"])
def test_interrupted_installation_is_gone_on_with(place, step):
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(place, "runtime", run=Commands(place, stop_at=step))
    assert not environment.is_current(place, "runtime")
    commands = Commands(place)
    environment.ensure(place, "runtime", run=commands)
    assert commands.calls == ["lock", "project"]
    assert environment.is_current(place, "runtime")


def test_interrupted_update_does_not_look_finished(place):
    environment.ensure(place, "runtime", run=Commands(place))
    place.lock("runtime").write_text("attrs==26.2.0\n")
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(place, "runtime", run=Commands(place, stop_at="lock"))
    place.lock("runtime").write_text("attrs==26.1.0 \\\n    --hash=sha256:00\n")
    assert not environment.is_current(place, "runtime"), "some packages may already be the other lock file's"


def half_written(place):
    (site_packages(place) / "attrs-26.1.0.dist-info").mkdir()


def missing_module(place):
    info = site_packages(place) / "attrs-26.1.0.dist-info"
    info.mkdir()
    (info / "RECORD").write_text("attr/__init__.py,sha256=0,1\n")


def no_pip(place):
    shutil.rmtree(site_packages(place) / "pip")


def base_python_gone(place):
    (place.venv / "pyvenv.cfg").write_text(f"home = {place.root / 'gone'}\n")


def made_elsewhere(place):
    place.state.write_text(json.dumps({"root": str(place.root / "elsewhere"), "installed": {}}))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (half_written, "attrs-26.1.0 was left half-installed"),
        (missing_module, "attrs-26.1.0 was left half-installed"),
        (no_pip, "it has no working pip"),
        (base_python_gone, "its Python is gone"),
        (made_elsewhere, "it was made for another folder"),
    ],
)
def test_broken_environment_is_rebuilt(place, damage, reason, capsys):
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(place, "runtime", run=Commands(place, stop_at="lock"))
    damage(place)
    assert environment.why_broken(place) == reason
    commands = Commands(place)
    environment.ensure(place, "runtime", run=commands)
    assert commands.calls == ["venv", "lock", "project"]
    assert f"rebuilding .venv: {reason}" in capsys.readouterr().out
    assert environment.why_broken(place) is None


def test_someone_elses_environment_is_refused_and_left_alone(place):
    (place.venv / "bin").mkdir(parents=True)
    (place.venv / "bin" / "theirs").write_text("x")
    before = tree(place.root)
    with pytest.raises(failures.InstallError, match="was not made by this installer") as caught:
        environment.ensure(place, "runtime", run=never)
    assert "move or delete it" in caught.value.cure
    assert tree(place.root) == before


def test_full_disk_is_told_before_anything_is_made(place, monkeypatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**10, 10**10, 10**6))
    with pytest.raises(failures.InstallError, match="MB free"):
        environment.ensure(place, "runtime", run=never)
    assert not place.venv.exists()


def test_missing_lock_is_told(place):
    place.lock("runtime").unlink()
    with pytest.raises(failures.InstallError, match=r"requirements\.lock is missing"):
        environment.ensure(place, "runtime", run=never)


def test_progress_counts_this_systems_packages_only(place, capsys):
    environment.ensure(place, "dev", run=Commands(place))
    assert "installing 2 packages from requirements-dev.lock" in capsys.readouterr().out


def test_variables_that_lead_astray_are_dropped(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    environ = environment.clean_environ()
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "VIRTUAL_ENV"} & set(environ)
    assert environ["PIP_USER"] == "0"


def test_windows_keeps_programs_in_scripts(tmp_path):
    assert Layout(tmp_path, windows=True).python == tmp_path / ".venv" / "Scripts" / "python.exe"
    assert Layout(tmp_path, windows=False).script("lint-imports") == tmp_path / ".venv" / "bin" / "lint-imports"


# --- expected failures ------------------------------------------------------------------------------------------------


def test_missing_ensurepip_names_the_package(place, monkeypatch, capsys):
    monkeypatch.setattr(environment, "has_ensurepip", lambda: False)
    assert verbs.main(["install"], place) == 1
    shown = capsys.readouterr()
    assert "has no ensurepip" in shown.err
    assert "apt-get install python3-venv" in shown.err
    assert "Traceback" not in shown.out + shown.err
    assert not place.venv.exists()


NO_NETWORK = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError: [Errno -2] Name or service not known'
ERROR: Could not find a version that satisfies the requirement attrs==26.1.0 (from versions: none)
ERROR: No matching distribution found for attrs==26.1.0
"""


@pytest.mark.parametrize(
    ("output", "problem", "cure"),
    [
        (NO_NETWORK, "cannot be reached", "goes on where it stopped"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
            "free",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "differs from", "do not bypass"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate", "global.cert"),
        ("ERROR: No matching distribution found for scipy==1.17.1", "does not offer scipy==1.17.1", "64 bit"),
        ("ERROR: Failed building wheel for lxml", "no ready-made build", "CPython 3.11"),
        ("ERROR: [WinError 5] Access is denied: 'xlwings64.dll'", "may not be written", "Excel"),
        ("ERROR: something new", "pip failed: something new", "xlalm-install.log"),
    ],
)
def test_pip_failures_are_explained(output, problem, cure):
    failure = failures.diagnose_pip(output)
    assert problem in failure.problem
    assert cure in failure.cure


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (
            PermissionError(errno.EACCES, "Permission denied", "alco_demo.xlsx"),
            "no permission to write (alco_demo.xlsx)",
        ),
        (OSError(errno.EROFS, "Read-only file system"), "read-only"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
    ],
)
def test_refusals_of_the_system_are_explained(error, problem):
    assert problem in failures.from_os_error(error).problem


def test_failed_pip_leaves_an_unfinished_environment(place):
    with pytest.raises(failures.InstallError, match="cannot be reached"):
        environment.ensure(place, "runtime", run=Commands(place, fail_with=NO_NETWORK))
    assert not environment.is_current(place, "runtime")


def test_ctrl_c_is_not_a_traceback(place, monkeypatch, capsys):
    monkeypatch.setattr(environment, "run_logged", Commands(place, stop_at="lock"))
    assert verbs.main(["install"], place) == 130
    assert "run the same command again" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["instal"], ["demo", "--fast"]])
def test_wrong_usage_shows_the_verbs(arguments, place, capsys):
    assert verbs.main(arguments, place) == 2
    assert "uninstall" in capsys.readouterr().err


def test_entry_is_readable_to_an_old_python():
    """A Python that is too old must get as far as the message that says so."""
    source = (ROOT / "installer" / "__main__.py").read_text()
    entry = ast.parse(source, feature_version=(3, 4))
    assert not [node for node in ast.walk(entry) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]
    assert source.index("sys.version_info <") < source.index("from installer")


# --- doctor -----------------------------------------------------------------------------------------------------------


def test_doctor_names_each_problem_with_its_cure(place, monkeypatch, capsys):
    place.sample.unlink()
    monkeypatch.setattr(doctor.shutil, "which", lambda program: None)
    assert verbs.main(["doctor"], place) == 1
    findings = {finding.subject: finding for finding in doctor.examine(place)}
    assert findings["environment"].level == findings["sample"].level == "problem"
    assert findings["pdftoppm"].level == "note", "optional programs are no problem"
    assert findings["checkout"].level == findings["Python"].level == "ok"
    assert all(finding.cure for finding in findings.values() if finding.level != "ok")
    shown = capsys.readouterr().out
    assert ".venv does not exist" in shown
    assert "cure: run 'python3 installer demo'" in shown
    assert "2 problems found." in shown


def test_doctor_tells_which_package_cannot_be_imported(place):
    environment.ensure(place, "runtime", run=Commands(place))
    info = site_packages(place) / "attrs-26.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: attrs\nVersion: 26.1.0\n")
    (info / "RECORD").write_text("")
    (site_packages(place) / "attrs.py").write_text("")
    findings = {finding.subject: finding for finding in doctor.examine(place)}
    assert (findings["attrs"].level, findings["attrs"].text) == ("ok", "26.1.0")
    assert findings["XlsxWriter"].level == "problem"
    assert "No module named 'xlsxwriter'" in findings["XlsxWriter"].text
    assert findings["lock"].level == "ok"
    assert doctor.doctor(place) == 1


def test_doctor_sees_an_unfinished_installation(place):
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(place, "runtime", run=Commands(place, stop_at="project"))
    findings = {finding.subject: finding for finding in doctor.examine(place)}
    assert findings["lock"].level == "problem"
    assert "interrupted" in findings["lock"].text


def test_doctor_changes_nothing(place):
    before = tree(place.root)
    doctor.doctor(place)
    assert tree(place.root) == before


# --- demo -------------------------------------------------------------------------------------------------------------


def test_demo_copies_the_sample_and_keeps_what_a_person_changed(place):
    record = Record(place)
    first = demo.place_sample(place, record)
    assert first == place.demo / DEMO_BOOK
    assert demo.place_sample(place, record) == first, "an untouched copy is replaced"
    first.write_bytes(b"an evening's work")
    second = demo.place_sample(place, record)
    assert second.name == "alco_demo-2.xlsx"
    assert first.read_bytes() == b"an evening's work"


@pytest.fixture
def with_solver(place, monkeypatch):
    """A checkout whose environment is there and whose `xlalm solve` is a stand-in; returns a function that sets it."""
    environment.ensure(place, "runtime", run=Commands(place))
    package = place.root / "xlalm"
    package.mkdir()

    def solver(code):
        program = f"import pathlib, sys\npathlib.Path(sys.argv[2]).write_bytes(b'solved')\nsys.exit({code})\n"
        (package / "__main__.py").write_text(program)

    return solver


@pytest.mark.parametrize("code", [0, 4])
def test_demo_says_what_to_open(place, with_solver, code, capfd):
    with_solver(code)
    assert verbs.main(["demo"], place) == 0
    shown = capfd.readouterr().out
    assert f"solved workbook: {place.demo / DEMO_BOOK}" in shown
    assert (place.demo / DEMO_BOOK).read_bytes() == b"solved"
    assert Record(place).unchanged(place.demo / DEMO_BOOK), "what the demo solved is still the installer's"


@pytest.mark.parametrize(
    ("code", "told"), [(1, "failed on its own sample"), (2, "not accepted"), (3, "no plan"), (9, "9")]
)
def test_demo_that_finds_no_plan_fails(place, with_solver, code, told, capfd):
    with_solver(code)
    assert verbs.main(["demo"], place) == 1
    shown = capfd.readouterr()
    assert told in shown.err
    assert "solved workbook" not in shown.out


def test_demo_without_the_sample_says_how_to_get_it(place, with_solver, capsys):
    place.sample.unlink()
    assert verbs.main(["demo"], place) == 1
    assert "build_workbooks.py" in capsys.readouterr().err
    assert not place.demo.exists()


# --- test -------------------------------------------------------------------------------------------------------------


def test_checks_come_before_the_tests_and_arguments_reach_pytest(place):
    steps = checks.steps(place, ["-k", "lcr"], {})
    assert [name for name, _ in steps] == ["ruff check", "ruff format", "mypy", "lint-imports", "pytest"]
    assert steps[-1][1] == [str(place.python), "-m", "pytest", "-n", "2", "-m", "not long", "-k", "lcr"]
    assert "not long" not in checks.steps(place, [], {"CI": "true"})[-1][1]


def test_one_failed_check_fails_the_whole(capsys):
    passed, failed = checks.Outcome("mypy", 0, 1.0), checks.Outcome("pytest", 5, 2.0)
    assert checks.summarise([passed]) == 0
    assert checks.summarise([passed, failed]) == 1
    assert "FAILED (exit 5)" in capsys.readouterr().out


# --- uninstall --------------------------------------------------------------------------------------------------------


def test_uninstall_removes_exactly_what_was_recorded(place, with_solver, capfd):
    with_solver(0)
    package = place.root / "xlalm"
    (place.root / ".mypy_cache").mkdir()  # there before: the user's
    before = tree(place.root)
    assert verbs.main(["demo"], place) == 0
    with Record(place).watching_caches():
        (place.root / ".ruff_cache").mkdir()
        (package / "__pycache__").mkdir(exist_ok=True)
    assert removal.uninstall(place) == 0
    kept = [name for name in before if not name.startswith((".venv", layout.RECORD))]
    assert tree(place.root) == kept
    assert "removed  .venv" in capfd.readouterr().out
    assert removal.uninstall(place) == 0
    assert "nothing to remove" in capfd.readouterr().out


def test_uninstall_leaves_what_people_made(place, capsys):
    record = Record(place)
    book = demo.place_sample(place, record)
    book.write_bytes(b"an evening's work")
    (place.demo / "notes.txt").write_text("mine")
    removal.uninstall(place)
    assert tree(place.demo) == ["alco_demo.xlsx", "notes.txt"]
    shown = capsys.readouterr().out
    assert "left     xlalm-demo/alco_demo.xlsx: it was changed since" in shown
    assert "left     xlalm-demo: it holds files" in shown


def test_uninstall_leaves_an_environment_that_replaced_its_own(place):
    environment.ensure(place, "runtime", run=Commands(place))
    shutil.rmtree(place.venv)
    venv.create(place.venv, with_pip=False)
    removal.uninstall(place)
    assert place.python.exists()


def test_uninstall_never_leaves_the_checkout(place, tmp_path):
    outside = tmp_path / "precious"
    outside.mkdir()
    place.record.write_text(json.dumps({"made": {"../precious": {"kind": "tree"}, ".": {"kind": "tree"}}}))
    removal.uninstall(place)
    assert outside.is_dir()
    assert place.project.is_file()


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")
def test_uninstall_removes_a_link_not_what_it_leads_to(place, tmp_path):
    outside = tmp_path / "precious"
    outside.mkdir()
    (place.root / ".ruff_cache").symlink_to(outside)
    Record(place).add(place.root / ".ruff_cache", "tree")
    removal.uninstall(place)
    assert outside.is_dir()
    assert not (place.root / ".ruff_cache").is_symlink()


# --- all of it, with the real venv and pip ----------------------------------------------------------------------------

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


# --- the lock files ---------------------------------------------------------------------------------------------------


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
