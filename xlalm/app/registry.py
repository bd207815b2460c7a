"""The one registry of verbs: command line, ribbon, formulas and agents are generated from it."""

from collections.abc import Callable
from typing import Literal

import attrs

from xlalm.app import upkeep, verbs
from xlalm.domain.result import Result
from xlalm.domain.settings import METHODS


@attrs.frozen
class Parameter:
    """One argument of a verb."""

    name: str
    kind: Literal["book", "path", "new path", "changes", "style", "method", "manifest"]
    description: str
    required: bool = True


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
            "all result tables, where --out is given",
            (_BOOK, _METHOD, _OUT),
            Button("Weigh goals", "SortDialog", long=True),
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
            upkeep.rerun,
            "Workbook",
            "Repeat a run from its manifest and compare every figure bit for bit.",
            "a manifest",
            "nothing",
            (Parameter("manifest", "path", "The .manifest.json beside a solved book"),),
        ),
        Verb(
            "restore",
            upkeep.restore,
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
