r"""Build the Excel add-in ``xlalm.xlam``, or check that the committed one is as built.

``python udfs/build_addin.py`` writes it; with ``--check`` it compares part by part after decompression and ends with 1
on a difference. Its sources are the modules in ``udfs/vba``, the registry of verbs (ribbon), the declared
formulas and two modules of the installed xlwings (BSD licence; their notices stay in them).

The add-in holds no path. What it needs to know of the machine stands in a file that the installer writes:

- Windows: ``%USERPROFILE%\.xlalm\xlalm.conf``
- macOS: ``~/Library/Containers/com.microsoft.Excel/Data/xlalm.conf``

Each line is ``"KEY","value"``, read in the system's ANSI code page; on Windows ``%NAME%`` in a value is replaced by the
environment variable, which keeps a user's name out of the file. Keys: ``INTERPRETER_WIN``, ``INTERPRETER_MAC`` (the
Python to run; needed), ``PYTHONPATH`` (the folder of ``xlalm_udfs.py``; several are parted by ``;``). Any other key of
xlwings may be added, such as ``SHOW CONSOLE``. Unlike with xlwings itself, an open workbook and its folder are never
asked: a file that somebody mails must not choose which program runs.
"""

import argparse
import io
import re
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [] if str(FOLDER.parent) in sys.path else [str(FOLDER.parent)]

import xlsxwriter  # noqa: E402
import xlwings  # noqa: E402
from lxml import etree  # noqa: E402

from udfs import wrappers, xlalm_udfs  # noqa: E402
from udfs.ribbon import ribbon_xml  # noqa: E402
from udfs.vba_project import Module, document_module, project_bytes, read_module  # noqa: E402
from xlalm.app.formulas import FORMULAS  # noqa: E402
from xlalm.app.registry import VERBS  # noqa: E402
from xlalm.workbook.package.compare import differences  # noqa: E402

ADDIN = FOLDER / "xlalm.xlam"
PROJECT = "XlalmAddin"
HELP_SHEET = "functions"
_HELP_SHEET_CODE_NAME = "FunctionsSheet"
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can hold
_RIBBON_PARTS = {
    "customUI/customUI.xml": "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility",
    "customUI/customUI14.xml": "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility",
}
_MACRO_WORKBOOK = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_MACRO_ADDIN = b"application/vnd.ms-excel.addin.macroEnabled.main+xml"

# What our copy of xlwings' module does otherwise, as (its text, ours, how often it is there).
_XLWINGS_CHANGES = (
    ('PROJECT_NAME As String = "myaddin"', 'PROJECT_NAME As String = "xlalm"', 1),
    # The configuration is the user's file alone, not a sheet of the open workbook or a file beside it.
    ('Optional source As String = "") As Variant', 'Optional source As String = "user") As Variant', 1),
    # Nor does Python import modules that lie beside the open workbook.
    ('"ADD_WORKBOOK_TO_PYTHONPATH", "true"', '"ADD_WORKBOOK_TO_PYTHONPATH", "false"', 2),
    # A sheet called "….py" is just a sheet: running code out of it belongs to xlwings' licensed part.
    ("uses_embedded_code = True\r\n                Exit For", "Exit For", 1),
    # A formula in somebody's workbook runs no program.
    (
        "Public Function RunPython(PythonCommand As String)\r\n",
        "Public Function RunPython(PythonCommand As String)\r\n"
        '    If TypeName(Application.Caller) = "Range" Then Exit Function\r\n',
        1,
    ),
)
_XLWINGS_PUBLIC = ("RunPython", "XLPy", "GetConfig", "GetConfigFilePath", "FileExists")
"""The functions our modules call; cells reach every public function of an add-in, so the others become private."""


def modules() -> list[Module]:
    """Return every module of the add-in's VBA project.

    Raises
    ------
    ValueError
        Where a formula cannot be offered to VBA, or the installed xlwings is not the one that our changes are made for.
    """
    for function in xlalm_udfs.excel_functions(FORMULAS).values():
        wrappers.check(function)
    own = [
        read_module(path.read_text(encoding="utf-8"), is_class=path.suffix == ".cls")
        for path in sorted((FOLDER / "vba").glob("Xlalm*"))
    ]
    return [
        document_module("ThisWorkbook", "workbook", (FOLDER / "vba" / "ThisWorkbook.cls").read_text(encoding="utf-8")),
        document_module(_HELP_SHEET_CODE_NAME, "sheet"),
        *own,
        read_module(wrappers.wrapper_module(FORMULAS.values())),
        *_xlwings_modules(),
    ]


def _xlwings_modules() -> list[Module]:
    package = Path(xlwings.__file__).parent
    text = (package / "xlwings_custom_addin.bas").read_bytes().decode("cp1252")
    for theirs, ours, times in _XLWINGS_CHANGES:
        if text.count(theirs) != times:
            message = (
                f"xlwings {xlwings.__version__}: its VBA module does not hold {theirs!r} {times} times; read what "
                "changed there and adapt _XLWINGS_CHANGES"
            )
            raise ValueError(message)
        text = text.replace(theirs, ours)
    text = re.sub(rf"(?m)^(?:Public )?Function (?!(?:{'|'.join(_XLWINGS_PUBLIC)})\b)", "Private Function ", text)
    text = re.sub(r"(?m)^( *)Declare ", r"\1Private Declare ", text)
    dictionary = (package / "addin" / "Dictionary.cls").read_bytes().decode("cp1252")
    return [read_module(text), read_module(dictionary, is_class=True)]


def build(path: Path) -> None:
    """Write the add-in; the same sources give the same parts."""
    parts = _workbook_parts(project_bytes(PROJECT, modules()))
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(_MACRO_WORKBOOK, _MACRO_ADDIN)
    parts["customUI/customUI.xml"] = ribbon_xml(VERBS.values(), "customUI")
    parts["customUI/customUI14.xml"] = ribbon_xml(VERBS.values(), "customUI14")
    parts["_rels/.rels"] = _with_ribbon(parts["_rels/.rels"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda name: (name != "[Content_Types].xml", name)):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), parts[name], zipfile.ZIP_DEFLATED)


def _workbook_parts(vba: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook with a VBA project and one sheet, the functions' help texts."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "xlalm", "author": "xlalm", "created": _CREATED})
        book.add_vba_project(io.BytesIO(vba), is_stream=True)
        book.set_vba_name("ThisWorkbook")
        sheet = book.add_worksheet(HELP_SHEET)
        sheet.set_vba_name(_HELP_SHEET_CODE_NAME)
        for row, texts in enumerate(wrappers.help_rows(FORMULAS.values())):
            sheet.write_row(row, 0, texts)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_ribbon(relationships: bytes) -> bytes:
    root = etree.fromstring(relationships)
    for number, (part, kind) in enumerate(_RIBBON_PARTS.items(), 1):
        attributes = {"Id": f"rIdRibbon{number}", "Type": kind, "Target": part}
        etree.SubElement(root, f"{{{root.nsmap[None]}}}Relationship", attributes)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def check(committed: Path = ADDIN) -> list[str]:
    """Compare an add-in with a fresh build; returns one line per difference."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / ADDIN.name
        build(fresh)
        return differences(committed, fresh)


def main() -> int:
    """Build or check, as the command line asks."""
    parser = argparse.ArgumentParser(description="Build the Excel add-in of xlalm.")
    parser.add_argument("--check", action="store_true", help="compare the committed add-in with a fresh build")
    if parser.parse_args().check:
        found = check()
        lines = [*found, f"run: python {FOLDER.name}/{Path(__file__).name}"] if found else [f"{ADDIN.name} is as built"]
        print("\n".join(lines))  # noqa: T201
        return 1 if found else 0
    build(ADDIN)
    print(f"{ADDIN.name} written: {len(modules())} modules, {len(FORMULAS)} functions")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
