"""The PowerShell texts parse, and nothing in them changes the machine."""

import json
import re

import pytest
import tree_sitter
import tree_sitter_powershell

from installer.doctor.powershell import SCRIPTS, ask
from tests.installer.fake_machine import Programs


def parse(script):
    language = tree_sitter.Language(tree_sitter_powershell.language())
    return tree_sitter.Parser(language).parse(script.encode()).root_node


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_scripts_parse(name):
    assert not parse(SCRIPTS[name]).has_error


def test_the_parser_sees_an_error():
    assert parse("if ($true { 1 }").has_error


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_scripts_only_look(name):
    verbs = {match.lower() for match in re.findall(r"\b([A-Za-z]+)-[A-Z]\w+", SCRIPTS[name])}
    assert verbs <= {"get", "where", "foreach", "convertto"}


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_scripts_survive_the_command_line(name):
    """Windows joins arguments into one line; a double quote would have to be escaped twice."""
    assert '"' not in SCRIPTS[name]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ((0, 'WARNING: slow\n{"a":1}\n'), {"a": 1}),
        ((0, "[]"), []),
        ((0, ""), None),
        ((0, "not json"), None),
        ((1, '{"a":1}'), None),
        ((127, "not found"), None),
    ],
)
def test_answers(answer, found):
    programs = Programs(powershell=answer)
    assert ask(programs, SCRIPTS["DETECTIONS"]) == found
    assert programs.calls[0][:4] == ["powershell.exe", "-NoLogo", "-NoProfile", "-NonInteractive"]
    assert json.dumps(programs.calls[0])
