"""The environment of a checkout: made, completed, rebuilt; and failures that are expected are explained."""

import ast
import errno
import json
import shutil
from pathlib import Path

import pytest

from installer import environment, failures, verbs
from installer.layout import Layout
from tests.installer.fake_checkout import Commands, checkout, never, site_packages, tree

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path):
    return checkout(tmp_path)


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
