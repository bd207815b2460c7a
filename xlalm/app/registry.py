"""The one registry of verbs: command line, ribbon, formulas and agents are generated from it."""

from collections.abc import Callable
from typing import Literal

import attrs

from xlalm.app.verbs import rerun, upkeep
from xlalm.app.verbs import solve as verbs
from xlalm.app.verbs.frontier import frontier
from xlalm.app.verbs.surface import surface
from xlalm.app.verbs.sweep import sweep
from xlalm.app.verbs.upgrade import upgrade
from xlalm.app.verbs.value_at_risk import var
from xlalm.app.verbs.weights import weights
from xlalm.domain.methods import METHODS, VAR_METHODS
from xlalm.domain.result import Result


@attrs.frozen
class Parameter:
    """One argument of a verb."""

    name: str
    kind: Literal[
        "book",
        "saved book",
        "path",
        "new path",
        "changes",
        "style",
        "method",
        "manifest",
        "text",
        "texts",
        "count",
        "flag",
    ]
    description: str
    required: bool = True
    option: str = ""  # on the command line, where it is not the name


@attrs.frozen
class Button:
    """A verb's button on the ribbon.

    ``needs`` names the tables that the open workbook must hold for it to be enabled. ``long`` runs it in a process
    of its own, so that Excel stays usable and Stop works.
    """

    label: str
    image: str  # an Office picture (imageMso)
    needs: tuple[str, ...] = ("Positions", "Goals")
    long: bool = False
    large: bool = False


@attrs.frozen
class Verb:
    """A verb: its function, its place on the ribbon, and what it reads and writes in words."""

    name: str
    function: Callable[..., Result]
    group: str
    summary: str
    reads: str
    writes: str
    parameters: tuple[Parameter, ...]
    button: Button | None = None  # None: not on the ribbon


_BOOK = Parameter("book", "book", "Workbook (.xlsx or .xlsm) with the tables of the model")
_OUT = Parameter("out", "new path", "Workbook to write; default: the book itself, after a backup", required=False)

_SET = Parameter(
    "changes",
    "changes",
    'What-if, repeatable: "Limits!LCR floor=110%" or "Positions!Mortgages.max=5200"; compares with the book as it is',
    required=False,
)

_METHOD = Parameter("method", "method", "How the goals are weighed: " + ", ".join(METHODS), required=False)

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "check",
            verbs.check,
            "Model",
            "Say what is wrong in a book, with cures, and what a no-change plan scores.",
            "all input tables",
            "nothing",
            (_BOOK,),
            Button("Check", "AcceptInvitation", large=True),
        ),
        Verb(
            "solve",
            verbs.solve,
            "Model",
            "Optimise a book and write allocation, ratios, prices and explanation into it.",
            "all input tables",
            "all result tables",
            (_BOOK, _OUT, _SET),
            Button("Solve", "MacroPlay", long=True, large=True),
        ),
        Verb(
            "conflicts",
            verbs.conflicts,
            "Model",
            "Say which limits and bounds cannot hold together, and the cheapest way out.",
            "all input tables",
            "nothing",
            (_BOOK,),
            Button("Why infeasible?", "TraceError", long=True),
        ),
        Verb(
            "explain",
            verbs.explain,
            "Report",
            "Say in sentences what to do, what it earns, what binds and what relaxing it is worth.",
            "all input tables",
            "nothing",
            (_BOOK,),
            Button("Explain", "ReviewNewComment", long=True),
        ),
        Verb(
            "fuzzy",
            verbs.fuzzy,
            "Analysis",
            "Weigh several goals: fuzzy max-min and sums, lexicographic order, goal programming.",
            "all input tables",
            "all result tables",
            (
                _BOOK,
                _METHOD,
                Parameter("out", "new path", "Workbook to write; default: nothing is written", required=False),
            ),
            Button("Weigh goals", "SortDialog", long=True),
        ),
        Verb(
            "var",
            var,
            "Analysis",
            "Say what the book may lose, at opening and in its optimal plan, who contributes to it, and backtest it.",
            "all input tables, Returns or Covariances among them",
            "VarRun, VarReport, VarComponents, VarBacktest",
            (
                _BOOK,
                Parameter("confidence", "text", "Such as 99%; default: var_confidence of Settings", required=False),
                Parameter("days", "text", "Holding period; default: var_days of Settings", required=False),
                Parameter("method", "text", ", ".join(VAR_METHODS) + "; default: var_method", required=False),
                _OUT,
            ),
            Button("Value at risk", "ChartTypeLineInsertGallery", long=True),
        ),
        Verb(
            "frontier",
            frontier,
            "Analysis",
            "Follow the best goal exactly as the bound of one limit moves, from takeover to takeover.",
            "all input tables",
            "Frontier, AllocationByLevel, Contributions",
            (
                _BOOK,
                Parameter("limit", "text", "Limit whose bound moves; default: the one worth most", required=False),
                Parameter("low", "text", "First bound, such as 90%; default: a little before the first", False, "from"),
                Parameter("high", "text", "Last bound; default: a little beyond the last takeover", False, "to"),
                _OUT,
            ),
            Button("Frontier", "ChartTypeXYScatterInsertGallery", needs=("Positions", "Goals", "Limits"), long=True),
        ),
        Verb(
            "surface",
            surface,
            "Analysis",
            "Solve a book over a grid of the bounds of two limits.",
            "all input tables",
            "Surface",
            (
                _BOOK,
                Parameter("limits", "texts", "Twice: the two limits; default: those worth most", False, "limit"),
                Parameter("low", "texts", "First bound, once per limit; default: 70% of it as written", False, "from"),
                Parameter("high", "texts", "Last bound, once per limit; default: 130%", False, "to"),
                Parameter("points", "count", "Points on each axis; default: 30", required=False),
                Parameter("scale_bounds", "flag", "Scale min and max of positions with the second bound", False),
                _OUT,
            ),
            Button("Surface", "ChartTypeAreaInsertGallery", needs=("Positions", "Goals", "Limits"), long=True),
        ),
        Verb(
            "sweep",
            sweep,
            "Analysis",
            "Solve a book with one cell at many values, whatever the cell and the method.",
            "all input tables",
            "Sweep",
            (
                _BOOK,
                Parameter("cell", "text", 'Such as "Positions!Mortgages.max" or "Settings!cost_of_capital"'),
                Parameter("low", "text", "First value; default: 70% of what the cell holds", False, "from"),
                Parameter("high", "text", "Last value; default: 130%", False, "to"),
                Parameter("points", "count", "Values; default: 21", required=False),
                Parameter("metrics", "texts", "Repeatable: measure, limit or goal to show", False, "metric"),
                _OUT,
            ),
        ),
        Verb(
            "weights",
            weights,
            "Analysis",
            "Weigh the first two goals in every proportion, by several methods side by side.",
            "all input tables",
            "WeightSweep",
            (
                _BOOK,
                Parameter("points", "count", "Weights between 0 and 1; default: 9", required=False),
                Parameter("methods", "texts", "Repeatable: method to show; default: all with weights", False, "method"),
                _OUT,
            ),
            Button("Weight sweep", "ChartTypeColumnInsertGallery", long=True),
        ),
        Verb(
            "report",
            verbs.report,
            "Report",
            "Write a solution report in another program's style (lingo) onto a sheet of its own.",
            "all input tables",
            "one sheet",
            (Parameter("style", "style", "lingo"), _BOOK, _OUT),
            Button("LINGO report", "FileDocumentManagementInformation", long=True),
        ),
        Verb(
            "template",
            upkeep.template,
            "Workbook",
            "Write a new workbook from the ALCO template.",
            "nothing",
            "a new workbook",
            (Parameter("out", "new path", "File to write"),),
            Button("New from template", "FileNew", needs=()),
        ),
        Verb(
            "rerun",
            rerun.rerun,
            "Workbook",
            "Repeat a run from its manifest and compare every figure bit for bit.",
            "a manifest",
            "nothing",
            (Parameter("manifest", "path", "The .manifest.json beside a solved book"),),
        ),
        Verb(
            "upgrade",
            upgrade,
            "Workbook",
            "Bring a book of an older schema version to the present one and list what changed.",
            "the tables of the book",
            "settings and columns that it lacks",
            (Parameter("book", "saved book", "Workbook (.xlsx or .xlsm)"), _OUT),
            Button("Upgrade", "UpgradeDocument", needs=("Settings",)),
        ),
        Verb(
            "restore",
            rerun.restore,
            "Workbook",
            "Write the results of a book's last run again, after repeating it from its manifest.",
            "the manifest beside the book",
            "all result tables",
            (
                _BOOK,
                Parameter("manifest", "manifest", "Run to restore; default: the one beside the book", required=False),
                _OUT,
            ),
            Button("Restore last run", "Undo", long=True),
        ),
        Verb(
            "guide",
            upkeep.guide,
            "Help",
            "Write the guide, with the sample bank to try things on, as a workbook.",
            "nothing",
            "a new workbook",
            (Parameter("out", "new path", "File to write"),),
            Button("Guide", "Help", needs=()),
        ),
        Verb(
            "doctor",
            upkeep.doctor,
            "Help",
            "Say what is wrong with this installation and the Excel it serves, each with its cure.",
            "the installation",
            "nothing",
            (),
            Button("Doctor", "FileDocumentInspect", needs=(), long=True),
        ),
        Verb(
            "about",
            upkeep.about,
            "Help",
            "Say what xlalm is, and in which versions.",
            "nothing",
            "nothing",
            (),
            Button("About", "Info", needs=()),
        ),
    )
}
