"""What formulas computed before: a thousand cells over the same ranges solve once."""

import hashlib
import marshal
import pickle
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from xlalm.app.formulas.selection import Selection

T = TypeVar("T")


class Cache:
    """The results of the last inputs, at most ``entries`` of them and made of at most ``cells`` cells together."""

    def __init__(self, entries: int, cells: int) -> None:
        self.entries, self.cells = entries, cells
        self._held: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T], weight: int) -> T:
        """Return what was made for a key, made now where it is not held; an exception is not held.

        Parameters
        ----------
        weight : cells of the input that it is made of.
        """
        if key not in self._held:
            self._held[key] = (weight, make())
            while len(self._held) > 1 and (len(self._held) > self.entries or self._weight > self.cells):
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        found: T = self._held[key][1]
        return found

    @property
    def _weight(self) -> int:
        return sum(weight for weight, _ in self._held.values())

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()

    def __len__(self) -> int:
        """Return how many results are held."""
        return len(self._held)


CACHE = Cache(64, 2_000_000)
"""The one cache of all formulas; an entry is a compiled book or a solved one."""


def recall(kind: str, selections: Mapping[str, Selection], more: Hashable, make: Callable[[], T], *, placed: bool) -> T:
    """Return what a formula made of these cells before, or make it.

    Parameters
    ----------
    kind : what is made.
    more : other inputs.
    placed : whether the result names cells, so that the same values elsewhere are another input.
    """
    cells = tuple((name, s.rectangle if placed else None, _fingerprint(s)) for name, s in selections.items())
    weight = sum(selection.size for selection in selections.values())
    return CACHE.get((kind, cells, more), make, weight)


def _fingerprint(selection: Selection) -> bytes:
    try:
        content = marshal.dumps(selection.raw, 2)  # 2: the same bytes for the same values
    except ValueError:  # dates and decimals
        content = pickle.dumps(selection.rows)
    return hashlib.blake2b(content, digest_size=20).digest()
