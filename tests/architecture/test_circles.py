"""No circle of imports, and no verb's name where every verb is served alike."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.test_architecture import ROOT, imports, python_files
from xlalm.app.registry import VERBS

HOSTS = (
    "xlalm/__init__.py",
    "xlalm/__main__.py",
    "xlalm/api.py",
    "xlalm/app/live/job.py",
    "xlalm/app/live/perform.py",
    "xlalm/app/verb.py",
    "xlalm/cli.py",
    "xlalm/ribbon.py",
    "udfs/ribbon.py",
)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph(*folders: str) -> dict[str, set[str]]:
    """Which module imports which, anywhere in it, also inside functions and for types only."""
    files = {module_name(path): path for path in python_files(*folders)}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        graph[name] = set()
        for imported, _ in imports(path):
            known = imported
            while known and known not in files:
                known = known.rpartition(".")[0]
            graph[name] |= {known} - {"", name}
    return graph


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the modules of one circle, none where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        return list(fault.args[1])
    return []


def test_no_circle_of_imports() -> None:
    graph = import_graph("xlalm")
    assert len(graph) > 100
    assert circle(graph) == []


def test_a_circle_is_found() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


def names_in(path: Path) -> Iterator[str]:
    """Yield the texts of a module that are a verb's name, and the verbs it imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in VERBS:
            yield f"{path.name}:{node.lineno} says {node.value!r}"
    for module, line in imports(path):
        if module.startswith("xlalm.app.verbs"):
            yield f"{path.name}:{line} imports {module}"


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_names_no_verb(host: str) -> None:
    """What a host must know of a verb stands in the registry."""
    assert list(names_in(ROOT / host)) == []


def test_the_registry_imports_no_verb() -> None:
    graph = import_graph("xlalm")
    reached, ahead = set(), ["xlalm.app.registry"]
    while ahead:
        module = ahead.pop()
        reached.add(module)
        ahead += graph[module] - reached
    assert not [module for module in reached if module.startswith(("xlalm.app.verbs", "xlalm.app.run", "xlalm.model"))]
