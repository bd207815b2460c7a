"""Why there is no plan and what to do about it, in the committee's words."""

from collections.abc import Sequence

from xlalm.domain.status import NoPlanStatus
from xlalm.reporting.words.wording import label, listed

MOST_MEMBERS = 8
MOST_NAMED = 5
"""What is named in a sentence: members of a conflict, and relaxations or positions."""


def explain_failure(status: NoPlanStatus, solver: str) -> list[str]:
    """Return the sentences where the status is all that is known; ``solver`` is what the solver said."""
    if status == "unbounded":
        return [
            "The goal can grow without end: some position has no max and no limit holds it.",
            "Enter the largest balance you could really reach in the max column and solve again.",
        ]
    if status == "stopped":
        return [
            f"Time was up before a plan was found ({solver}).",
            "Raise time_limit_s in Settings and solve again.",
        ]
    return [f"The solver gave no plan ({solver})."]


def explain_conflict(
    members: Sequence[str],
    relaxations: Sequence[str],
    *,
    irreducible: bool,
    exact: bool = True,
    settled: bool = True,
    when_empty: bool = False,
) -> list[str]:
    """Return the sentences for an infeasible book: what cannot hold together and the cheapest way out.

    Parameters
    ----------
    exact : False where the limits were judged by a linear relaxation, which may still need more.
    settled : False where the search for the cheapest way out ended before it was proven.
    when_empty : whether a plan without assets would meet them all.
    """
    if len(members) == 1:
        sentences = [f"No plan meets all limits. This cannot hold by itself: {members[0]}."]
    else:
        shown = listed(members, MOST_MEMBERS, "more (see Conflicts)")
        sentences = [f"No plan meets all limits. These {len(members)} cannot hold together: {shown}."]
    if when_empty:
        sentences.append("They hold only in a plan that holds nothing, which is none.")
    if irreducible and len(members) > 1:
        sentences.append("Without any one of them the others can hold together.")
    if relaxations:
        way = "enough" if len(relaxations) == 1 else "enough together"
        way = way if exact else "at least so far, and more where products and values at risk ask for it"
        which = "The cheapest way out" if settled else "A way out, perhaps not the cheapest"
        sentences.append(f"{which}, {way}: move {listed(relaxations[:MOST_NAMED])}.")
        if len(relaxations) > MOST_NAMED:
            sentences.append(f"And {len(relaxations) - MOST_NAMED} more, listed in Conflicts.")
    elif settled:
        sentences.append("No relaxation of limits and position bounds alone is enough: look at lots and fixed lines.")
    else:
        sentences.append("No way out was found before the search ended.")
    return sentences


def explain_runaways(positions: Sequence[str]) -> list[str]:
    """Return the sentences for an unbounded book."""
    if not positions:
        return explain_failure("unbounded", "")
    return [
        f"The goal can grow without end: {listed(positions[:MOST_NAMED])} can grow and no max or limit holds.",
        "Enter the largest balance you could really reach in that cell and solve again.",
    ]


def explain_vanishing(goal: str, denominator: str, positions: Sequence[str]) -> list[str]:
    """Return the sentences for a ratio goal without end because it may divide by 0.

    Parameters
    ----------
    denominator : as the formula has it; blank where that is not known.
    positions : that it is the sum of; none where it is something else.
    """
    what = f"{denominator}, which it divides by," if denominator else "what it divides by"
    cure = f"Give {listed(positions, MOST_NAMED, 'more', ' or ')} a min" if positions else "Add a limit that keeps it"
    return [
        f"{label(goal)} has no best value: {what} can fall to 0.",
        f"{cure} above 0 and solve again.",
    ]
