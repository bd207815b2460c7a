"""Every name in our VBA is declared: Excel compiles no module with an unknown one, and LibreOffice does not notice."""

from __future__ import annotations

import re

import pytest

from udfs.build_addin import modules
from udfs.vba_project import Module
from udfs.wrappers import RESERVED

OURS = [module for module in modules() if module.name.startswith(("Xlalm", "ThisWorkbook"))]
# What our modules use of VBA, of Excel and of xlwings' module.
LIBRARY = set(
    """
    collection err error explicit iif instr instrrev isempty lcase left mid module msgbox object replace resume split
    vartype vbexclamation vbstring
    activeworkbook application iribboncontrol iribbonui range thisworkbook workbook workbooks
    fileexists getconfig getconfigfilepath mac runpython xlpy
    """.split()
)
_PROCEDURE = r"(?:(?:Public|Private) )?(?:Function|Sub) "


def code(module: Module) -> str:
    """Return a module without its attributes, texts and comments, continued lines joined."""
    text = module.source.replace("\r\n", "\n").replace(" _\n", " ")
    text = re.sub(r"(?m)^Attribute .*$", "", text)
    return re.sub(r"(?m)'.*$", "", re.sub(r'"[^"\n]*"', '""', text))


def declared(text: str) -> set[str]:
    """Return the names that declarations and headings of procedures introduce, in lower case."""
    names = re.findall(r"(?m)^\s*(?:Dim|(?:Private |Public )?Const|(?:Private|Public)(?: WithEvents)?) (\w+)", text)
    names += re.findall(rf"(?m)^{_PROCEDURE}(\w+)", text)
    for arguments in re.findall(rf"(?m)^{_PROCEDURE}\w+\((.*)\)", text):
        names += re.findall(r"(\w+) As ", arguments)
    names += re.findall(r"(?m)^(\w+):", text)  # labels
    return {name.lower() for name in names}


def unknown(module: Module, elsewhere: set[str]) -> dict[str, set[str]]:
    """Return for each procedure (and "" for what stands before them) the names that nothing declares."""
    head, *procedures = re.split(rf"(?m)^(?={_PROCEDURE})", code(module))
    shared = declared(head) | {name.lower() for name in re.findall(rf"(?m)^{_PROCEDURE}(\w+)", code(module))}
    found = {}
    for text in (head, *procedures):
        used = {name.lower() for name in re.findall(r"(?<![\w.])([A-Za-z]\w*)\b\$?(?!\s*:=)", text)}
        missing = used - declared(text) - shared - elsewhere - LIBRARY - RESERVED
        if missing:
            found[text.partition("\n")[0]] = missing
    return found


def public(module: Module) -> set[str]:
    return {name.lower() for name in re.findall(r"(?m)^Public (?:Function|Sub) (\w+)", code(module))}


@pytest.mark.parametrize("module", OURS, ids=lambda module: module.name)
def test_every_name_is_declared(module):
    elsewhere = {other.name.lower() for other in OURS}.union(*(public(other) for other in OURS if other != module))
    assert unknown(module, elsewhere) == {}


@pytest.mark.parametrize("wrong", ["answr", "Remembr cell, 1", "x = Recal(cell)"])
def test_an_undeclared_name_is_found(wrong):
    module = Module(
        "M", "standard", f"Option Explicit\nSub A(cell As String)\n    Dim x As Long\n    {wrong}\nEnd Sub\n"
    )
    assert len(unknown(module, set())["Sub A(cell As String)"]) == 1


def test_no_public_name_is_taken_twice():
    """Two modules with the same public name: VBA calls it ambiguous."""
    names = [name for module in OURS for name in public(module) if module.kind == "standard"]
    assert len(names) == len(set(names))
