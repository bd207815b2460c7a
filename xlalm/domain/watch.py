"""How far a run is, and whether the user wants it to go on: one object that goes through every part of it."""

from collections.abc import Callable, Iterator

from xlalm.domain.errors import StoppedError

Progress = Callable[[int, int, str], None]
"""Called with (done, total, text)."""

Stop = Callable[[], bool]
"""Returns True when the user has asked to stop."""

STEPS = 1000
"""Into how many steps a run is divided for those who are shown its progress."""


def no_progress(_done: int, _total: int, _text: str) -> None:
    """Report nothing."""


def never_stop() -> bool:
    """Run to the end."""
    return False


class Watch:
    """Progress and stop of a run, or of a part of it.

    The parts of a run get their shares one after the other; what is reported never goes back.

    Parameters
    ----------
    progress : called with (done, total, text).
    stop : asked now and then; True ends the run with what there is.
    """

    def __init__(self, progress: Progress = no_progress, stop: Stop = never_stop) -> None:
        self.stop = stop
        self._progress = progress
        self._root, self._low, self._width = self, 0.0, 1.0
        self._given = self._reached = 0.0

    def part(self, share: float) -> "Watch":
        """Return the watch of the next part, which takes ``share`` of this one; all shares add up to one."""
        part = Watch(self._progress, self.stop)
        part._root, part._width = self._root, self._width * min(share, 1.0 - self._given)
        part._low = self._low + self._width * self._given
        self._given = min(1.0, self._given + share)
        return part

    def parts(self, count: int) -> "Iterator[Watch]":
        """Yield the watches of ``count`` equal parts, one after the other."""
        for _ in range(count):
            yield self.part(1.0 / count)

    def says(self, text: str, done: float = 0.0) -> None:
        """Report what is being done, and which share of this part, 0 to 1, is behind it."""
        at = self._low + self._width * min(max(done, 0.0), 1.0)
        self._root._reached = max(self._root._reached, at)
        self._progress(round(self._root._reached * STEPS), STEPS, text)

    def progress(self, done: int, total: int, text: str) -> None:
        """Report as those do who count their own steps: the callback of a part."""
        self.says(text, done / total)

    def ends(self) -> None:
        """Report that nothing is left to do."""
        self.says("done", 1.0)

    def quietly(self) -> "Watch":
        """Return a watch that ends with this one and reports nothing, for the steps of what reports itself."""
        return Watch(stop=self.stop)

    @property
    def must_stop(self) -> bool:
        """Whether the user has asked to stop."""
        return self.stop()

    @property
    def can_stop(self) -> bool:
        """Whether anybody can ask to stop; if not, nobody has to be asked."""
        return self.stop is not never_stop

    def check(self) -> None:
        """Raise StoppedError where the user has asked to stop and there is nothing to show yet."""
        if self.must_stop:
            raise StoppedError(None, "stopped", "nothing was written")


def unwatched() -> Watch:
    """Return a watch that reports nothing and never stops."""
    return Watch()
