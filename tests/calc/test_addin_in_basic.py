"""The add-in's VBA in LibreOffice's Basic: every module compiles, and its procedures do what they should.

Basic knows no Excel. ``addin_in_basic.bas`` is what our modules need of it: fake objects, in place of xlwings' module
one that remembers what it was asked, and for each test a procedure that sets the scene and says what came of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from tests.calc.basic import MAC, WINDOWS, Basic, for_platform
from tests.calc.office import Office, property_values
from udfs.build_addin import ADDIN, HELP_SHEET, PROJECT, modules
from udfs.vba_project import Module
from udfs.wrappers import MAX_ARGUMENTS, wrapper_module
from xlalm.app.formulas import FORMULAS, Argument
from xlalm.app.registry import VERBS

pytestmark = pytest.mark.calc

MODULES = {module.name: module for module in modules()}
OURS = ("XlalmCore", "XlalmFunctions", "XlalmOpening", "XlalmRibbon")
SCENES = Path(__file__).with_name("addin_in_basic.bas").read_text(encoding="utf-8")
PYTHON, NO_PYTHON = "python", "C:\\nowhere\\python.exe"
VALUE_ERROR = "Error 2015"
PRICE = FORMULAS["ALM_PRICE"]
CALL = f"xlalm_udfs.ALM_PRICE with {len(PRICE.arguments) + 1}"  # and the place of the calling cell
CURE = "In the xlalm folder run: python installer doctor"

# Basic wants numbers in an Enum, where xlwings' Dictionary has VBA's own constants.
_ENUM = {"VBA.vbBinaryCompare": "0", "VBA.vbTextCompare": "1", "VBA.vbDatabaseCompare": "2"}
# Basic cannot have what Excel brings: the ribbon's types, and a MsgBox that waits for nobody.
_OFFICE = {
    "As IRibbonControl": "As Object",
    "As IRibbonUI": "As Object",
    "MsgBox message, vbExclamation,": "Notice message,",
}
# Nor does it raise Excel's events: a test calls the procedures that take them.
_EVENTS = {
    "Private Sub ": "Public Sub ",
    "WithEvents host As Application": "host As Object",
    "As Workbook": "As Object",
    "As Range": "As Object",
}


def _replaced(source: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize("platform", [WINDOWS, MAC], ids=["windows", "mac"])
@pytest.mark.parametrize("module", MODULES.values(), ids=list(MODULES))
def test_every_module_compiles(office: Office, module: Module, platform: Mapping[str, object]) -> None:
    assert Basic(office).compiles(_replaced(for_platform(module.source, platform), _ENUM))


def test_a_fault_does_not_compile(office: Office) -> None:
    """The check bites."""
    assert not Basic(office).compiles("Sub Broken(\nEnd Sub\n")


def test_the_longest_wrapper_compiles(office: Office) -> None:
    """Sixty arguments, the most that VBA takes, fit its rules for continued lines."""
    arguments = tuple(Argument(f"an_argument_with_a_long_name_{i}", True, "text") for i in range(MAX_ARGUMENTS))
    function = attrs.evolve(PRICE, name="ALM_LONG", arguments=arguments)
    assert Basic(office).compiles(wrapper_module([function]))


def _scene(office: Office, platform: Mapping[str, object]) -> Basic:
    basic = Basic(office)
    for name in OURS:
        basic.add(name, _replaced(for_platform(MODULES[name].source, platform), _OFFICE))
    events = _replaced(for_platform(MODULES["ThisWorkbook"].source, platform), _EVENTS)
    basic.add("AddinEvents", f"Option ClassModule\n{events}")
    for part in re.split(r"(?m)^' === ", SCENES)[1:]:
        name, _, source = part.partition("\n")
        basic.add(name.strip(), source)
    return basic


@pytest.fixture
def windows(office: Office) -> Basic:
    return _scene(office, WINDOWS)


@pytest.mark.parametrize("verb", [*(verb.name for verb in VERBS.values() if verb.button), "stop"])
def test_a_click_runs_its_verb(windows: Basic, verb: str) -> None:
    commands, notices, _ = windows.call("Scenes.Click", f"{verb}|Positions,Goals", PYTHON, "")
    assert commands == f"import xlalm.ribbon; xlalm.ribbon.click('{verb}')\n"
    assert not notices


def test_a_click_without_a_workbook_opens_one(windows: Basic) -> None:
    """Python is told by name which workbook asks, so there must be one."""
    commands, _, has_none = windows.call("Scenes.Click", "template", PYTHON, "")
    assert commands == "import xlalm.ribbon; xlalm.ribbon.click('template')\n"
    assert not has_none


@pytest.mark.parametrize(("python", "said"), [("", "HOME/.xlalm/xlalm.conf"), (NO_PYTHON, NO_PYTHON)])
def test_a_click_without_python_says_the_cure_once(windows: Basic, python: str, said: str) -> None:
    commands, notices, _ = windows.call("Scenes.Click", "solve|Positions,Goals", python, "")
    assert not commands
    assert notices.count("\n") == 1
    assert said in notices
    assert CURE in notices


def test_a_click_that_fails_says_the_cure(windows: Basic) -> None:
    """A fault of VBA's own never shows its debugger."""
    commands, notices, _ = windows.call("Scenes.Click", "solve", PYTHON, "permission denied")
    assert not commands
    assert "permission denied" in notices
    assert CURE in notices


@pytest.mark.parametrize(
    ("tag", "tables", "enabled"),
    [
        ("solve|Positions,Goals", "Goals,Positions,Limits", True),
        ("solve|Positions,Goals", "POSITIONS,goals", True),
        ("solve|Positions,Goals", "Positions", False),
        ("solve|Positions,Goals", "Positions2,Goals", False),
        ("solve|Positions,Goals", "", False),
        ("template", "", True),
    ],
)
def test_a_button_is_enabled_where_its_tables_are(windows: Basic, tag: str, tables: str, enabled: bool) -> None:
    assert windows.call("Scenes.Enabled", tag, tables) is enabled


def test_the_ribbon_looks_again_only_where_the_tables_differ(windows: Basic) -> None:
    """Four changes: a first book, one with other tables, back again (the same tables twice), and no book at all."""
    assert windows.call("Scenes.Invalidations", "Positions;Positions,Goals;Positions;Positions") == 4


@pytest.mark.parametrize("answer", [1.5, 7, "text", True, "#XLALM"])
def test_a_formula_passes_values_through(windows: Basic, answer: object) -> None:
    shown, asked = windows.call("Scenes.Formula", answer, "", PYTHON)
    assert shown == answer
    assert asked == f"{CALL} from [bank.xlsx]Rates!$B$2"


def test_a_formula_passes_arrays_through(windows: Basic) -> None:
    assert windows.call("Scenes.Spilled") == (1, 1, 1, "#XLALM! inside")


def test_a_marked_answer_is_a_value_error(windows: Basic) -> None:
    shown, _ = windows.call("Scenes.Formula", "#XLALM!Limits!D7: 90 is not a ratio", "", PYTHON)
    assert shown == VALUE_ERROR


@pytest.mark.parametrize("python", [PYTHON, "", NO_PYTHON])
def test_a_failed_call_is_a_value_error(windows: Basic, python: str) -> None:
    shown, _ = windows.call("Scenes.Formula", 1.5, "server gone", python)
    assert shown == VALUE_ERROR


def test_formulas_find_a_restarted_python(windows: Basic) -> None:
    """The process is looked for once, and again after it ended; the formula that noticed is computed all the same."""
    shown, activations, calls_of_first, calls_of_second = windows.call("Scenes.Restarted")
    assert (shown, activations) == (2, 2)
    assert (calls_of_first, calls_of_second) == (3, 1)


def test_why_knows_what_only_vba_knows(windows: Basic) -> None:
    said = windows.call("Scenes.Why", 1.5, "server gone", PYTHON, "[bank.xlsx]Rates!$B$2")
    assert said.startswith("ALM_PRICE: Python could not be called (server gone). " + CURE)


def test_why_names_the_missing_configuration(windows: Basic) -> None:
    said = windows.call("Scenes.Why", 1.5, "no file", "", "[bank.xlsx]Rates!$B$2")
    assert said.startswith("ALM_PRICE: xlalm's configuration is missing (HOME/.xlalm/xlalm.conf). " + CURE)


@pytest.mark.parametrize(
    ("answer", "fault", "place"),
    [
        (1.5, "", "[bank.xlsx]Rates!$B$2"),
        ("#XLALM!a line", "", "[bank.xlsx]Rates!$B$2"),
        (1.5, "server gone", "[other.xlsx]Rates!$B$2"),
    ],
    ids=["healthy", "failed in Python", "another cell"],
)
def test_why_asks_python_of_the_rest(windows: Basic, answer: object, fault: str, place: str) -> None:
    assert windows.call("Scenes.Why", answer, fault, PYTHON, place) == "from Python"


def test_a_cured_cell_is_forgotten(windows: Basic) -> None:
    assert windows.call("Scenes.WhyAfterCure") == "from Python"


def test_a_formula_called_from_code_needs_no_cell(windows: Basic) -> None:
    assert windows.call("Scenes.WithoutCell") == (2.5, CALL)


def test_on_a_mac_formulas_say_where_they_run(office: Office) -> None:
    mac = _scene(office, MAC)
    shown, asked = mac.call("Scenes.Formula", 1.5, "", PYTHON)
    assert (shown, asked) == (VALUE_ERROR, "")
    said = mac.call("Scenes.Why", 1.5, "", PYTHON, "[bank.xlsx]Rates!$B$2")
    assert said == "ALM_PRICE: formulas need Excel on Windows; on a Mac use the ALM ribbon"
    commands, _, _ = mac.call("Scenes.Click", "solve", PYTHON, "")
    assert commands == "import xlalm.ribbon; xlalm.ribbon.click('solve')\n"


def test_functions_are_described_once_and_the_addin_hidden_again(windows: Basic) -> None:
    described, is_addin, saved, events, updating = windows.call("Scenes.Described", 2, True, True)
    assert described.splitlines() == [
        "'xlalm.xlam'!ALM_PRICE: Price [ALM] first, second",
        "'xlalm.xlam'!ALM_VERSION: Version [ALM]",
    ]
    assert (is_addin, saved, events, updating) == (True, True, True, True)


def test_functions_wait_for_a_workbook(windows: Basic) -> None:
    assert windows.call("Scenes.Described", 1, False, True) == ("", True, False, True, True)


def test_a_failed_description_leaves_excel_as_it_was(windows: Basic) -> None:
    """The help sheet is empty, so that going through its rows fails."""
    assert windows.call("Scenes.Described", 1, True, False) == ("", True, True, True, True)


def test_links_to_another_copy_are_pointed_here(windows: Basic) -> None:
    """A user's other links stay, and a workbook that was saved is not asked about on closing."""
    theirs = ("D:\\Theirs\\XLALM.xlam", "https://server/a b/xlalm.xlam", "Macintosh HD:Users:x:xlalm.xlam")
    others = ("C:\\own\\XLALM.XLAM", "D:\\rates.xlsx", "D:\\not_xlalm.xlam")
    changed, saved = windows.call("Scenes.Repointed", ";".join([*theirs, *others]), False)
    assert changed.splitlines() == [f"{link} -> C:\\Own\\xlalm.xlam" for link in theirs]
    assert saved


@pytest.mark.parametrize("links", ["", "D:\\Theirs\\xlalm.xlam"])
def test_a_workbook_without_links_or_protected_is_left_alone(windows: Basic, links: str) -> None:
    assert windows.call("Scenes.Repointed", links, True) == ("", True)


@pytest.mark.parametrize(
    ("event", "described", "pointed"),
    [
        ("Workbook_Open", True, True),
        ("WorkbookOpen", False, True),
        ("WorkbookActivate", True, False),
        ("SheetActivate", False, False),
        ("SheetChange", False, False),
    ],
)
def test_events_do_their_part_and_the_ribbon_follows(
    windows: Basic, event: str, described: bool, pointed: bool
) -> None:
    assert windows.call("Scenes.Opened", event) == (described, pointed, 1)


def test_libreoffice_opens_the_addin(office: Office) -> None:
    """The whole file, through LibreOffice's own reader of VBA projects."""
    desktop = office.service("com.sun.star.frame.Desktop")
    options = property_values(Hidden=True, FilterName="Calc MS Excel 2007 VBA XML", MacroExecutionMode=0)
    book = desktop.loadComponentFromURL(ADDIN.as_uri(), "_blank", 0, options)
    try:
        assert set(book.BasicLibraries.getByName(PROJECT).ElementNames) == set(MODULES)
        cell = book.Sheets.getByName(HELP_SHEET).getCellRangeByName("A2")
        assert cell.String == next(iter(FORMULAS))
    finally:
        book.close(True)
