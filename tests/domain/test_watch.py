"""One watch through every part of a run: shares add up, nothing goes back, stop reaches everywhere."""

import pytest

from xlalm.domain.errors import StoppedError
from xlalm.domain.watch import STEPS, Watch, unwatched


def test_shares_of_parts_add_up_and_never_go_back() -> None:
    seen: list[tuple[int, int, str]] = []
    watch = Watch(lambda *step: seen.append(step))
    watch.says("reading")
    first, second = watch.part(0.2), watch.part(0.8)
    first.says("half of the first", 0.5)
    first.says("an eighth of the first", 0.125)  # a slip back is not shown
    for number, part in enumerate(second.parts(4)):
        part.says(f"quarter {number}")
        part.progress(1, 2, "its middle")
    watch.part(0.5).says("nothing is left for this one")
    watch.ends()
    shares = [0, 0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1]
    assert [done for done, _, _ in seen] == [round(STEPS * share) for share in shares]
    assert {total for _, total, _ in seen} == {STEPS}
    assert seen[-1][2] == "done"


def test_done_is_kept_between_nothing_and_all() -> None:
    seen: list[int] = []
    part = Watch(lambda done, _total, _text: seen.append(done)).part(0.5)
    part.says("before it began", -1.0)
    part.says("beyond its end", 7.0)
    assert seen == [0, STEPS // 2]


def test_every_part_asks_the_same_stop() -> None:
    asked = False
    watch = Watch(stop=lambda: asked)
    deep = next(watch.part(0.5).parts(3))
    deep.check()
    asked = True
    assert deep.must_stop
    with pytest.raises(StoppedError, match="nothing was written"):
        deep.check()


def test_a_watch_of_nobody_cannot_stop() -> None:
    assert not unwatched().part(0.3).can_stop
    assert Watch(stop=lambda: False).part(0.3).can_stop
