"""One bad workbook with the answer it must get, and the register of kinds."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import attrs

OK, BAD, NO_PLAN = 0, 2, 3


@attrs.frozen
class Case:
    """A workbook on disk and what the command line must say to it.

    Attributes
    ----------
    codes : exit codes that are right; one, but for random damage, which may or may not matter.
    address : cell that a finding must name, blank where the fault has none.
    says : text that the output must hold.
    arguments : verb and options; ``{book}`` stands for the path.
    after : looks at the results after a run that wrote them.
    """

    kind: str
    path: Path
    codes: tuple[int, ...]
    address: str = ""
    says: str = ""
    arguments: tuple[str, ...] = ("solve", "{book}")
    after: Callable[[Path], None] | None = None


Maker = Callable[[random.Random, Path], Case]


@attrs.frozen
class Kind:
    """A way in which a workbook can be bad; a ``heavy`` one takes seconds, so that it is tried once."""

    name: str
    make: Maker
    codes: tuple[int, ...]
    heavy: bool = False


KINDS: dict[str, Kind] = {}


def kind(name: str, *codes: int, heavy: bool = False) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Register a maker: given a generator of random numbers and a folder, it returns a path or a Case's fields."""

    def register(make: Callable[..., object]) -> Callable[..., object]:
        assert name not in KINDS, name

        def made(rng: random.Random, folder: Path) -> Case:
            answer = make(rng, folder)
            if isinstance(answer, Path):
                return Case(name, answer, codes)
            assert isinstance(answer, tuple)
            path, fields = answer
            return Case(name, path, codes, **fields)

        KINDS[name] = Kind(name, made, codes, heavy)
        return make

    return register
