"""What `python3 installer doctor|demo|test|uninstall` promise in a checkout, tried without a network."""

import json
import os
import shutil
import venv

import pytest

from installer import checks, demo, environment, layout, removal, verbs
from installer.doctor import doctor
from installer.layout import DEMO_BOOK
from installer.record import Record
from tests.installer.fake_checkout import Commands, checkout, site_packages, tree


@pytest.fixture
def place(tmp_path):
    return checkout(tmp_path)


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


def test_checks_come_before_the_tests_and_arguments_reach_pytest(place):
    steps = checks.steps(place, ["-k", "lcr"], {})
    assert [name for name, _ in steps] == ["ruff check", "ruff format", "mypy", "lint-imports", "pytest"]
    suite = ["-n", "2", "--durations=25", "-m", "not long", "-k", "lcr"]
    assert steps[-1][1] == [str(place.python), "-m", "pytest", *suite]
    assert checks.steps(place, [], {"CI": "true"})[-1][1][-2:] == ["-m", "not night"]


def test_one_failed_check_fails_the_whole(capsys):
    passed, failed = checks.Outcome("mypy", 0, 1.0), checks.Outcome("pytest", 5, 2.0)
    assert checks.summarise([passed]) == 0
    assert checks.summarise([passed, failed]) == 1
    assert "FAILED (exit 5)" in capsys.readouterr().out


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
