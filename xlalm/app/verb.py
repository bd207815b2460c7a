"""What a verb is to those who offer it: its name, its arguments, its button, and where its function is."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    from xlalm.domain.result import Result

Kind = Literal["book", "saved book", "new path", "manifest", "text", "texts", "count", "flag"]
"""What an argument is: tables, files, or values as people type them."""


@attrs.frozen
class Parameter:
    """One argument of a verb; ``default`` is ``...`` where it must be given.

    A click gives the first of ``choices`` where it must be given; ``option`` and ``metavar`` are for the command line,
    where they are not the name.
    """

    name: str
    kind: Kind
    description: str
    default: Any = ...
    option: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether the verb cannot do without it."""
        return self.default is ...


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
    """A verb: where its function is, its place on the ribbon, and what hosts must know of it.

    Parameters
    ----------
    home : module below ``xlalm.app.verbs`` that holds the function of this name.
    reads, writes : in words.
    in_place : it writes into the book itself unless told otherwise (its function has ``write``).
    is_analysis : its answer stands alone, with a manifest named after it, from which the answer can be repeated.
    leaves_manifest : a manifest, from which the run can be repeated, lies beside what it writes.
    says_where : its own sentences say what it wrote.
    all_clear : what is said where there is nothing to say.
    undone : what bad input leaves undone.
    button : None keeps it off the ribbon.
    """

    name: str
    home: str
    group: str
    summary: str
    reads: str
    writes: str
    parameters: tuple[Parameter, ...]
    button: Button | None = None
    in_place: bool = False
    is_analysis: bool = False
    leaves_manifest: bool = False
    says_where: bool = False
    all_clear: str = ""
    undone: str = "solved"

    @property
    def function(self) -> "Callable[..., Result]":
        """The verb itself, imported when it is first asked for."""
        found: Callable[..., Result] = getattr(import_module(f"xlalm.app.verbs.{self.home}"), self.name)
        return found

    def takes(self, names: Iterable[str]) -> bool:
        """Whether all names are names of its parameters."""
        return set(names) <= {parameter.name for parameter in self.parameters}
