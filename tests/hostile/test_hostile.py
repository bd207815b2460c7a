"""Bad workbooks by the hundred: the right exit code, a finding with address and cure, nothing broken, no traceback."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hostile.generate import KINDS, Case, generate, plan
from xlalm.cli import main

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

LONG_RUN = 1200
DAMAGED_BOOKS = 300
MOST_SECONDS = 30.0  # of processor time: what hangs takes minutes, what machines differ by is not tested here
MOST_MEBIBYTES = 700
HEAVY_KINDS = [name for name, kind in KINDS.items() if kind.heavy]
LIGHT_KINDS = [name for name, kind in KINDS.items() if not kind.heavy]
SUBPROCESS_KINDS = [
    "a zip bomb that hides its size",
    "a value at the far corner of the sheet",
    "document types and entities",
    "names that command a terminal",
    "a path with odd characters",
    "metrics that double without end",
    "cell values that are no values",
    "random damage to the XML",
    "stated numbers without measure",
]
ADDRESS = re.compile(r"(?:'(?:[^']|'')+'|[A-Za-z_][\w.]*)![A-Z]{1,3}[0-9]+")
LEFT_BEHIND = re.compile(r".*\.backup-[0-9-]+\.\w+|.*\.manifest\.json", re.DOTALL)


def run(case: Case) -> tuple[int, str, float]:
    """Run the command line in this process; returns exit code, all it printed, and seconds of the processor."""
    arguments = [str(case.path) if word == "{book}" else word for word in case.arguments]
    out, err = io.StringIO(), io.StringIO()
    started = time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue() + err.getvalue(), time.process_time() - started


def listing(folder: Path) -> dict[str, bytes | None]:
    """Return the files of a folder with what they hold, None for what is no small file."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 2**25
        else None
        for path in folder.rglob("*")
    }


def peak() -> float:
    """Largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if resource is not None else 0.0


def examine(name: str, seed: int, folder: Path, log: Path) -> None:
    """Generate a book, run it and check everything that must hold."""
    case = generate(name, seed, folder)
    before, memory = listing(folder), peak()
    code, said, seconds = run(case)
    after = listing(folder)
    where = f"{name}, seed {seed}: exit {code}, wanted {case.codes}\n{said[-3000:]}"
    if log.exists():
        where += log.read_text(encoding="utf-8")[-3000:]
    assert code in case.codes, where
    assert_harmless(said, where)
    assert seconds < MOST_SECONDS, f"{seconds:.1f} s; {where}"
    assert peak() - memory < MOST_MEBIBYTES, f"{peak() - memory:.0f} MiB; {where}"
    assert case.says in said, f"says {case.says!r}; {where}"
    assert case.address in said, f"names {case.address!r}; {where}"
    if code == 2:
        assert after == before, f"changed {set(after) ^ set(before)}; {where}"
        assert_cured(said, where)
    else:
        assert_written(before, after, case, where)
        if case.after is not None and code == 0:
            case.after(case.path)


def assert_harmless(said: str, where: str) -> None:
    """No traceback, nothing that a terminal obeys, nothing of a file that was not asked for, bounded length."""
    for sign in ("Traceback", "panicked", 'File "', "Error:", "Exception", "root:x:0", "object at 0x"):
        assert sign not in said, where
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said), where
    assert len(said) < 300_000, where


def assert_cured(said: str, where: str) -> None:
    """Every line of the answer to bad input says what is wrong and what to do."""
    lines = [line for line in said.splitlines() if line.startswith(("error: ", "xlalm: "))]
    assert lines, where
    for line in lines:
        assert re.search(r"(; |\. |, )\S.*\.\)?$", line), f"{line!r} holds no cure; {where}"


def assert_written(before: dict[str, bytes | None], after: dict[str, bytes | None], case: Case, where: str) -> None:
    """Results stand in the book, whose old self is in the backup; nothing else lies about."""
    new = set(after) - set(before)
    assert all(LEFT_BEHIND.fullmatch(name) for name in new), f"left behind {new}; {where}"
    original = before[case.path.name]
    if case.path.is_symlink() or original is None:
        return
    backups = [data for name, data in after.items() if ".backup-" in name]
    assert backups == [original], where


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a traceback would go."""
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "state"))
    return tmp_path / "state" / "xlalm" / "xlalm.log"


def test_there_are_enough_kinds() -> None:
    assert len(LIGHT_KINDS) >= 100
    assert all(kind.codes and set(kind.codes) <= {0, 2, 3} for kind in KINDS.values())
    assert sum(len(kind.codes) == 1 for kind in KINDS.values()) > 0.9 * len(KINDS)


@pytest.mark.parametrize("name", LIGHT_KINDS)
def test_bad_workbook(name: str, tmp_path: Path, log: Path) -> None:
    examine(name, 0, tmp_path / "book", log)


@pytest.mark.long
@pytest.mark.parametrize("name", HEAVY_KINDS)
def test_heavy_workbook(name: str, tmp_path: Path, log: Path) -> None:
    examine(name, 0, tmp_path / "book", log)


@pytest.mark.long
@pytest.mark.parametrize("name", LIGHT_KINDS)
def test_bad_workbooks_long(name: str, tmp_path: Path, log: Path) -> None:
    seeds = [seed for kind, seed in plan(LONG_RUN) if kind == name]
    for seed in seeds:
        examine(name, seed, tmp_path / str(seed), log)


@pytest.mark.long
@pytest.mark.parametrize("name", ["random damage to the XML", "random damage to the file"])
def test_random_damage_long(name: str, tmp_path: Path, log: Path) -> None:
    for seed in range(10_000, 10_000 + DAMAGED_BOOKS):
        examine(name, seed, tmp_path / str(seed), log)


@pytest.mark.parametrize("name", SUBPROCESS_KINDS)
def test_in_a_process_of_its_own(name: str, tmp_path: Path) -> None:
    """What reaches the true standard streams (Rust's panics print past Python's), with memory held to 1.5 GiB."""
    case = generate(name, 1, tmp_path / "book")
    before = listing(tmp_path / "book")
    arguments = [str(case.path) if word == "{book}" else word for word in case.arguments]
    program = "import sys\nfrom xlalm.cli import main\n"
    if resource is not None:
        program += "import resource\nresource.setrlimit(resource.RLIMIT_AS, (3 * 2**29, 3 * 2**29))\n"
    env = os.environ | {"XDG_STATE_HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", f"{program}main(sys.argv[1:])", *arguments],
        env=env,
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        timeout=60,
    )
    said = (result.stdout + result.stderr).decode()
    assert result.returncode in case.codes, said
    assert_harmless(said.replace("\r\n", "\n"), said)
    if result.returncode == 2:
        assert listing(tmp_path / "book") == before


@pytest.mark.parametrize("verb", ["check", "explain", "report"])
def test_other_verbs_change_nothing(verb: str, tmp_path: Path, log: Path) -> None:
    for name in (
        "text for a number",
        "table missing",
        "code in a formula",
        "cut off",
        "limits that cannot hold together",
    ):
        case = generate(name, 3, tmp_path / f"{verb} {name}")
        before = listing(case.path.parent)
        words = ("report", "lingo", "{book}") if verb == "report" else (verb, "{book}")
        code, said, _ = run(Case(name, case.path, case.codes, arguments=words))
        assert code in (case.codes if verb != "check" else (*case.codes, 0)), said
        assert listing(case.path.parent) == before
        assert_harmless(said, said)


def test_json_to_the_screen_is_json_whatever_happens(tmp_path: Path, log: Path) -> None:
    for name in (
        "cut off",
        "text for a number",
        "names that command a terminal",
        "a goal without end",
        "an empty file",
    ):
        case = generate(name, 2, tmp_path / name)
        arguments = ["solve", str(case.path), "--json", "-"]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main(arguments)
        document = json.loads(out.getvalue())
        assert ended.value.code in case.codes
        assert document["status"]
        assert out.getvalue().isascii()


def test_json_to_a_file(tmp_path: Path, log: Path) -> None:
    for name in ("names of half characters", "half characters in headers", "an error cell", "names in all scripts"):
        case = generate(name, 2, tmp_path / name)
        target = tmp_path / f"{name}.json"
        code, said, _ = run(Case(name, case.path, case.codes, arguments=("solve", "{book}", "--json", str(target))))
        assert code in case.codes, said
        assert json.loads(target.read_text(encoding="utf-8"))["status"]


# --- manifests -----------------------------------------------------------------------------------------


def manifest(tmp_path: Path) -> dict:
    case = generate("blank rows", 5, tmp_path / "book")
    assert run(case)[0] == 0
    return json.loads((tmp_path / "book" / "book.manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "damage",
    [
        {"inputs": []},
        {"inputs": None},
        {"inputs": {"Positions": []}},
        {"inputs": {"Positions": {"rows": [1], "columns": {"position": []}}}},
        {"inputs": {"Positions": {"rows": "ab", "columns": 5}}},
        {"inputs": {"nothing": 5}},
        {"inputs": 5, "result_sha256": None},
        {"inputs": {"Positions": {"sheet": [], "header_row": {}, "headers": {}, "columns": {}, "rows": []}}},
    ],
)
def test_a_forged_manifest_is_refused(damage: dict, tmp_path: Path, log: Path) -> None:
    from xlalm.ledger.manifest import digest

    document = manifest(tmp_path) | damage
    document["inputs_sha256"] = digest(document["inputs"])
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    code, said, _ = run(Case("manifest", path, (2,), arguments=("rerun", "{book}")))
    assert code == 2, said + (log.read_text() if log.exists() else "")
    assert_harmless(said, said)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1" * 10_000, "[" * 100_000, '{"inputs": {}, "result_sha256": 1}', "\ufeff{}", "nul\0"]
)
def test_a_file_that_is_no_manifest_is_refused(text: str, tmp_path: Path, log: Path) -> None:
    path = tmp_path / "book.manifest.json"
    path.write_text(text, encoding="utf-8")
    code, said, _ = run(Case("manifest", path, (2,), arguments=("rerun", "{book}")))
    assert code == 2, said + (log.read_text() if log.exists() else "")
    assert_harmless(said, said)


# --- the command line itself ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "nothing was written"),
        (RecursionError("deep"), 1, "a fault of xlalm's own (RecursionError)"),
        (MemoryError(), 1, "a fault of xlalm's own (MemoryError)"),
        (ValueError("secret \x1b[2J"), 1, "a fault of xlalm's own (ValueError)"),
    ],
)
def test_faults_of_our_own_show_no_traceback(
    fault: BaseException, code: int, says: str, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise fault

    case = generate("blank rows", 0, tmp_path / "book")
    before = listing(tmp_path / "book")
    monkeypatch.setattr("xlalm.app.run.solve.build_model", broken)
    ended, said, _ = run(case)
    assert ended == code
    assert says in said
    assert_harmless(said.replace("Error)", ""), said)
    assert listing(tmp_path / "book") == before
    assert log.exists() == (code == 1)


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Path) -> None:
    def broken(*_: object) -> None:
        message = "broken"
        raise ValueError(message)

    (tmp_path / "state").write_text("a file where a folder should be")
    monkeypatch.setattr("xlalm.app.run.solve.build_model", broken)
    code, said, _ = run(generate("blank rows", 0, tmp_path / "book"))
    assert code == 1
    assert "no log" in said


@pytest.mark.skipif(os.name == "nt", reason="pipes close differently on Windows")
def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    case = generate("ten thousand faulty limits", 0, tmp_path / "book")
    command = f'"{sys.executable}" -m xlalm solve "{case.path}" 2>&1 | head -c 100'
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        timeout=60,
    )
    assert result.returncode in (0, 2)
    assert b"Traceback" not in result.stdout + result.stderr
    assert b"BrokenPipe" not in result.stdout + result.stderr
