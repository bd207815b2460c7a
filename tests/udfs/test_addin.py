"""The add-in: committed as built, sound for other programs' readers, with nothing of the machine that built it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwings
from lxml import etree
from openxml_audit import OpenXmlValidator

from tests.udfs.vba_reader import sources, streams
from udfs import build_addin
from udfs.build_addin import ADDIN, FOLDER, HELP_SHEET, build, check, modules
from udfs.ribbon import GROUPS, SCHEMAS
from xlalm.app.formulas import FORMULAS
from xlalm.app.registry import VERBS

RIBBONS = tuple(f"customUI/{name}.xml" for name in SCHEMAS)
LARGEST = 150_000  # bytes


def parts(path: Path = ADDIN) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("addin") / ADDIN.name
    build(path)
    return path


def test_the_committed_addin_is_as_built():
    """Through the command itself; where this fails, run what its last line says and commit the file."""
    command = [sys.executable, str(FOLDER / "build_addin.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_difference_is_found_and_its_cure_named(fresh, tmp_path, monkeypatch, capsys):
    changed = tmp_path / ADDIN.name
    with zipfile.ZipFile(changed, "w") as archive:
        for name, data in parts(fresh).items():
            archive.writestr(name, data.replace(b'"Solve"', b'"Sovle"') if name in RIBBONS else data)
    assert check(changed) == [f"xlalm.xlam!{name} differs" for name in sorted(RIBBONS)]
    monkeypatch.setattr(build_addin, "ADDIN", changed)
    monkeypatch.setattr(build_addin, "check", lambda: ["xlalm.xlam!xl/vbaProject.bin differs"])
    monkeypatch.setattr(sys, "argv", ["build_addin.py", "--check"])
    assert build_addin.main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "run: python udfs/build_addin.py"


def test_a_build_repeats_byte_for_byte(fresh, tmp_path):
    again = tmp_path / ADDIN.name
    build(again)
    assert again.read_bytes() == fresh.read_bytes()


def test_an_ooxml_validator_finds_nothing():
    assert not OpenXmlValidator().validate(str(ADDIN)).errors


def test_the_validator_reads_the_ribbons(tmp_path):
    """The check above bites there too."""
    broken = tmp_path / ADDIN.name
    with zipfile.ZipFile(broken, "w") as archive:
        for name, data in parts().items():
            archive.writestr(name, data.replace(b"<group ", b"<gruop ").replace(b"</group>", b"</gruop>"))
    errors = OpenXmlValidator().validate(str(broken)).errors
    assert {error.part_uri for error in errors} == {f"/{name}" for name in RIBBONS}


def test_it_is_an_addin_with_macros_and_a_ribbon_of_each_kind():
    content = parts()
    assert b"application/vnd.ms-excel.addin.macroEnabled.main+xml" in content["[Content_Types].xml"]
    relationships = etree.fromstring(content["_rels/.rels"])
    targets = {item.get("Target"): item.get("Type") for item in relationships}
    assert targets["customUI/customUI14.xml"].endswith("/2007/relationships/ui/extensibility")
    assert targets["customUI/customUI.xml"].endswith("/2006/relationships/ui/extensibility")
    assert {target for target in targets if target not in content} == set()


def test_vba_is_parsed_back_to_its_sources():
    assert sources(ADDIN) == {module.name: module.source for module in modules()}


def test_the_vba_project_has_no_defect_and_no_compiled_code():
    """Compiled code would be of one version of Excel, and is what malware hides behind."""
    content = streams(parts()["xl/vbaProject.bin"])
    assert len(content["VBA/_VBA_PROJECT"]) == 7
    assert not [name for name in content if "SRP" in name]


def test_our_modules_declare_what_they_use():
    for module in modules():
        if module.name.startswith(("Xlalm", "ThisWorkbook")):
            assert "Option Explicit" in module.source, module.name


def test_xlwings_is_the_installed_one_with_our_changes_only():
    package = Path(xlwings.__file__).parent
    found = sources(ADDIN)
    theirs = (package / "xlwings_custom_addin.bas").read_text(encoding="cp1252").splitlines()
    ours = found["xlwings"].replace("\r\n", "\n").splitlines()
    changed = [line.strip() for line in ours if line not in theirs]
    assert [line for line in changed if not line.startswith("Private ")] == [
        'Public Const PROJECT_NAME As String = "xlalm"',
        'If TypeName(Application.Caller) = "Range" Then Exit Function',
        'AddExcelDir = GetConfig("ADD_WORKBOOK_TO_PYTHONPATH", "false")',
        'AddExcelDir = GetConfig("ADD_WORKBOOK_TO_PYTHONPATH", "false")',
        'Function GetConfig(configKey As String, Optional default As String = "", Optional source As String = "user")'
        " As Variant",
    ]
    original = {line.strip().removeprefix("Public ") for line in theirs}
    assert {line.removeprefix("Private ") for line in changed if line.startswith("Private ")} <= original
    assert "BSD 3-clause license" in found["xlwings"]
    assert "Copyright (C) 2014-present, Zoomer Analytics LLC." in found["xlwings"]
    assert "License: MIT" in found["Dictionary"]
    assert f'"xlwings64-{xlwings.__version__}.dll"' in found["xlwings"]
    assert "uses_embedded_code = True\r\n" not in found["xlwings"]


def test_a_cell_reaches_no_function_that_runs_or_writes_something():
    """Excel lets every workbook call the public functions of an add-in, also a workbook without macros."""
    found = {}
    for name, text in sources(ADDIN).items():
        functions = re.findall(r"(?m)^\s*(?:Public )?(?:Declare (?:PtrSafe )?)?Function (\w+)", text)
        found[name] = {function for function in functions if not function.startswith("ALM_")}
    assert found.pop("Dictionary")  # a class: cells do not reach its functions
    assert {name: reached for name, reached in found.items() if reached} == {
        "XlalmCore": {"CallFormula", "ReasonOf", "MissingPython", "Cure"},
        "xlwings": {"RunPython", "XLPy", "GetConfig", "GetConfigFilePath", "FileExists"},
    }
    runner = sources(ADDIN)["xlwings"].partition("Public Function RunPython(PythonCommand As String)\r\n")[2]
    assert runner.startswith('    If TypeName(Application.Caller) = "Range" Then Exit Function')


def test_another_xlwings_is_refused(monkeypatch):
    changes = (("what the next version dropped", "", 1),)
    monkeypatch.setattr(build_addin, "_XLWINGS_CHANGES", changes)
    with pytest.raises(ValueError, match="does not hold 'what the next version dropped' 1 times"):
        modules()


def test_nothing_of_this_machine_is_inside():
    """Examples in xlwings' own comments aside; its modules are compared with the installed ones above."""
    texts = {name: data.decode("utf-8", "replace") for name, data in parts().items() if not name.endswith(".bin")}
    texts |= {name: text for name, text in sources(ADDIN).items() if name not in {"xlwings", "Dictionary"}}
    texts["PROJECT"] = streams(parts()["xl/vbaProject.bin"])["PROJECT"].decode("cp1252")
    pattern = re.compile(r"/(?:home|root|work|tmp|Users)/|[A-Z]:\\")
    assert not {name: found[0] for name, text in texts.items() if (found := pattern.search(text))}
    assert re.findall(r"<(?:dc:creator|cp:lastModifiedBy)>(.*?)<", texts["docProps/core.xml"]) == ["xlalm", "xlalm"]


def test_it_is_small():
    assert ADDIN.stat().st_size < LARGEST


# --- ribbon -----------------------------------------------------------------------------------------------------------


def ribbon(name: str = "customUI14") -> etree._Element:
    return etree.fromstring(parts()[f"customUI/{name}.xml"])


def buttons() -> dict[str, dict[str, str]]:
    return {button.get("tag").partition("|")[0]: dict(button.attrib) for button in ribbon().iter("{*}button")}


def test_every_verb_with_a_button_has_one_and_stop_too():
    assert set(buttons()) == {verb.name for verb in VERBS.values() if verb.button} | {"stop"}
    identifiers = [element.get("id") for element in ribbon().iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("verb", [verb for verb in VERBS.values() if verb.button], ids=lambda verb: verb.name)
def test_a_button_says_what_it_reads_and_writes(verb):
    button = buttons()[verb.name]
    assert button["label"] == verb.button.label
    assert button["screentip"] == verb.summary
    assert f"Reads: {verb.reads}. Writes: {verb.writes}." in button["supertip"]
    assert ("Stop" in button["supertip"]) == verb.button.long
    assert button["tag"] == "|".join([verb.name, ",".join(verb.button.needs)]).removesuffix("|")
    assert ("getEnabled" in button) == bool(verb.button.needs)


def test_groups_stand_in_order_and_none_is_empty():
    groups = list(ribbon().iter("{*}group"))
    used = {verb.group for verb in VERBS.values() if verb.button}
    assert [group.get("label") for group in groups] == [name for name in GROUPS if name in used]
    assert all(len(group) for group in groups)
    assert [button.get("label") for button in groups[0]][-1] == "Stop"


def test_both_ribbons_say_the_same():
    new, old = (parts()[name].decode() for name in RIBBONS)
    assert new.replace(SCHEMAS["customUI14"], "") == old.replace(SCHEMAS["customUI"], "")


def test_every_callback_exists():
    source = sources(ADDIN)["XlalmRibbon"]
    called = {
        value.removeprefix("XlalmRibbon.")
        for element in ribbon().iter()
        for key, value in element.attrib.items()
        if key in {"onLoad", "onAction", "getEnabled"}
    }
    assert called == {"OnLoad", "OnAction", "GetEnabled"}
    for name in called:
        assert re.search(rf"^Public Sub {name}\((loaded As IRibbonUI|control As IRibbonControl)", source, re.MULTILINE)


# --- formulas ---------------------------------------------------------------------------------------------------------


def test_every_formula_has_its_wrapper():
    found = re.findall(r"^Public Function (ALM_\w+)\(", sources(ADDIN)["XlalmFunctions"], re.MULTILINE)
    assert found == list(FORMULAS)


def test_the_help_sheet_describes_every_formula(tmp_path):
    import python_calamine

    copy = shutil.copy(ADDIN, tmp_path / "addin.xlsm")
    rows = python_calamine.CalamineWorkbook.from_path(str(copy)).get_sheet_by_name(HELP_SHEET).to_python()
    assert len(rows) == len(FORMULAS) + 1
    for row, function in zip(rows[1:], FORMULAS.values(), strict=True):
        texts = [function.name, function.summary, *(argument.description for argument in function.arguments)]
        assert [text for text in row if text] == texts


def test_a_spilled_formula_carries_dynamic_array_metadata(tmp_path):
    """Without it Excel reads =ALM_SOLVE(…) of a file as one cell's formula and puts an @ before it."""
    path = tmp_path / "spilled.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_dynamic_array_formula("A1", "=ALM_SOLVE(Positions[#All])")
    content = parts(path)
    assert b'fDynamic="1"' in content["xl/metadata.xml"]
    assert re.search(rb'<c r="A1" cm="1"><f t="array" ref="A1">ALM_SOLVE', content["xl/worksheets/sheet1.xml"])
    assert not OpenXmlValidator().validate(str(path)).errors
