"""The registry says of every verb what its function is: names, order, defaults and kinds of arguments."""

import inspect
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import xlalm
from tests.app.python_stub import STUB, stub_text
from xlalm.app.registry import VERBS
from xlalm.app.run.arguments import Number
from xlalm.app.run.book import Source
from xlalm.app.verb import Verb
from xlalm.app.verbs.report import STYLES
from xlalm.domain.methods import METHODS, VAR_METHODS
from xlalm.domain.result import Result

ANNOTATIONS: dict[str, tuple[Any, ...]] = {
    "book": (Source,),
    "saved book": (Path,),
    "new path": (Path, Path | None),
    "manifest": (Path, Path | None),
    "text": (str, str | None, Number),
    "texts": (Sequence[str], Sequence[Number]),
    "count": (int,),
    "flag": (bool,),
}
each_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))


def parameters(verb: Verb) -> dict[str, inspect.Parameter]:
    known = dict(inspect.signature(verb.function).parameters)
    return {name: known[name] for name in known if name not in {"write", "progress", "stop"}}


@each_verb
def test_a_verb_is_what_the_registry_says(verb: Verb) -> None:
    """The function has this name, every argument is there with its default, and it can be watched and stopped."""
    signature = inspect.signature(verb.function)
    known = parameters(verb)
    assert verb.function.__name__ == verb.name
    assert signature.return_annotation is Result
    assert {parameter.name for parameter in verb.parameters} == set(known)
    for parameter in verb.parameters:
        empty = inspect.Parameter.empty
        assert (... if known[parameter.name].default is empty else known[parameter.name].default) == parameter.default
        assert known[parameter.name].annotation in ANNOTATIONS[parameter.kind], parameter.name
        assert not parameter.choices or parameter.default in {..., None, *parameter.choices}
    assert [*signature.parameters][-2:] == ["progress", "stop"]
    assert verb.in_place == ("write" in signature.parameters)
    assert verb.in_place or not verb.is_analysis
    assert inspect.getdoc(verb.function)


def test_choices_are_those_of_the_verbs() -> None:
    choices = {(verb.name, p.name): p.choices for verb in VERBS.values() for p in verb.parameters if p.choices}
    assert choices == {("fuzzy", "method"): tuple(METHODS), ("var", "method"): VAR_METHODS, ("report", "style"): STYLES}


def test_what_a_click_gives_is_there() -> None:
    """A parameter that must be given and is no file has a first choice, where its verb has a button."""
    for verb in VERBS.values():
        files = {"book", "saved book", "new path", "manifest"}
        assert not verb.button or all(p.choices for p in verb.parameters if p.required and p.kind not in files)


# --- in Python -----------------------------------------------------------------------------------------


def test_every_verb_is_a_function_of_the_package() -> None:
    assert set(xlalm.__all__) == {"__version__", *VERBS}
    assert set(VERBS) <= set(dir(xlalm))
    for name, verb in VERBS.items():
        found = getattr(xlalm, name)
        assert found.__doc__ == verb.function.__doc__
        keys = [key for key in inspect.signature(verb.function).parameters if key != "write"]
        force = ["force"] if any(p.kind == "new path" and not p.required for p in verb.parameters) else []
        assert list(inspect.signature(found).parameters) == keys + force
        assert find_spec(f"xlalm.{name}") is None, "a module of this name would take the function's place"
    with pytest.raises(AttributeError, match="has no attribute 'solv'"):
        _ = xlalm.solv  # type: ignore[attr-defined]


def test_the_stub_is_as_made() -> None:
    """If not: ``python -m tests.app.python_stub``."""
    assert STUB.read_text(encoding="utf-8") == stub_text()


@pytest.mark.long
def test_mypy_knows_the_functions(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import xlalm\n"
        'reveal_type(xlalm.frontier("bank.xlsx", limit="LCR", low="90%"))\n'
        'xlalm.sweep("bank.xlsx", cell=5)\n'
        'xlalm.frontier("bank.xlsx", write=False)\n'
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(program)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert 'Revealed type is "xlalm.api.Frames"' in said
    assert 'Argument "cell" to "sweep" has incompatible type "int"' in said
    assert 'Unexpected keyword argument "write"' in said


def test_in_python_a_book_is_written_only_where_out_says(tmp_path: Path) -> None:
    """Analyses, upgrades and restored runs too, which on the command line write into the book; paths may be text."""
    book = tmp_path / "bank.xlsx"
    book.write_bytes(Path("tests/app/books/alco_template_v1.xlsx").read_bytes())
    before = book.read_bytes()
    listed = xlalm.upgrade(str(book))
    assert (listed.status, listed.result.written, book.read_bytes()) == ("checked", "", before)
    upgraded, solved, restored = (str(tmp_path / f"{name}.xlsx") for name in ("upgraded", "solved", "restored"))
    assert xlalm.upgrade(book, out=upgraded).status == "written"
    assert listed.explanation[1:] == xlalm.upgrade(book, out=str(tmp_path / "again.xlsx")).explanation[1:]
    xlalm.solve(upgraded, out=solved)
    kept = Path(solved).read_bytes()
    found = xlalm.frontier(solved, low="110%", high="130%")
    assert found["Frontier"]["bound"].between(1.1, 1.3).all()
    assert found.result.manifest is not None
    again = xlalm.restore(solved)
    assert (again.result.written, Path(solved).read_bytes()) == ("", kept)
    assert xlalm.restore(solved, out=restored).result.written == restored
    assert {path.name for path in tmp_path.iterdir() if path.suffix == ".json"} == {"solved.manifest.json"}
