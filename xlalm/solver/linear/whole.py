"""Integer programs to the last bit: whole numbers as they are, not to the solver's tolerance.

To a solver 1e-6 is a whole 0. Behind a switch that is a leak: a row ``x <= most·used`` lets a millionth of ``most``
through although nothing is used, which may be more than the amount in question. Every answer is therefore solved again
with its whole numbers put in; where that gives no plan, or a worse one, the switch that leaks is branched on.
"""

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Bool1D, Float1D
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.build import Build
from xlalm.program.program import Basis, Program
from xlalm.solver.highs.run import Answer, NoAnswer, Options, Outcome, run

MOST_NODES = 200
"""Programs solved for one answer before it is called not proven."""

UNLIKE = 1e7
"""How many times as large as another a lot in one limit may be for the solver to count both."""

EXACT = 1e-9
"""Share of its own amounts by which a plan with lots that are so unlike may miss a limit."""

SAME = 1e-6
"""Relative difference of goals that is rounding."""


def fix_integers(program: Program, columns: Float1D) -> Program:
    """Return the linear program with lots and switches kept as they are at a point."""
    fixed = np.where(program.integer, np.round(columns), 0.0)
    return attrs.evolve(
        program,
        lower=np.where(program.integer, fixed, program.lower),
        upper=np.where(program.integer, fixed, program.upper),
        integer=np.zeros(program.n_columns, dtype=np.bool_),
    )


def with_whole_numbers(program: Program, columns: Float1D) -> Program:
    """Return the linear program with the whole numbers of a point put in.

    Their coefficients are gone from the rows, so that the size of a switch no longer blurs what it leaves of a row.
    """
    return _put_in(fix_integers(program, columns), program.integer)


def undecidable(build: Build) -> Refused | None:
    """Return, to be raised, that a limit counts lots too unlike for the solver's tolerance; None where none does.

    A search over whole numbers tells sums apart to about a thousand-millionth of the largest lot in them: smaller lots
    beside it decide nothing, so that neither a plan nor that there is none is proven.
    """
    sheet, program = build.builder.sheet, build.program
    lots = np.nan_to_num(sheet.numbers["lot"]) * ~sheet.fixed
    size = np.zeros(program.n_columns)
    program.layout.block("stock").put(size, lots)
    for row in np.unique(program.row[size[program.index] > 0]):
        own = program.entries(int(row))
        steps = np.abs(program.value[own]) * size[program.index[own]]
        steps = steps[steps > 0]
        owner = program.row_owner[row]
        if owner.kind == "limit" and steps.max() > UNLIKE * steps.min():
            sizes = f"lots from {steps.min():,g} to {steps.max():,g}"
            reason = f'"{owner.name}" counts {sizes}, which cannot be decided at this scaling'
            return Refused(owner.cell, reason, "leave the smaller lots blank, or the small lines out of the limit")
    return None


@attrs.frozen(eq=False)
class Whole:
    """What is said of an integer program, and its columns with whole numbers put in, None where that gave no plan."""

    outcome: Outcome
    exact: Float1D | None


def run_whole(program: Program, options: Options, watch: Watch | None = None, start: Basis | None = None) -> Whole:
    """Solve a program so that no plan hangs on the solver's tolerance for whole numbers.

    The status is ``feasible`` where the search ended before it was proven.
    """
    watch = watch or unwatched()
    answer = run(program, options, watch, start)
    if isinstance(answer, NoAnswer):
        return Whole(answer, None)
    if not program.is_mip or program.hessian is not None:
        return Whole(answer, answer.columns)
    return _Search(program, options, watch).best(answer)


@attrs.define(eq=False)
class _Search:
    """Branching on the whole numbers that an answer only nearly has."""

    program: Program
    options: Options
    watch: Watch
    found: tuple[Answer, Float1D] | None = None
    is_proven: bool = True

    def best(self, first: Answer) -> Whole:
        """Return the best answer of the program, of which ``first`` is the solver's own."""
        nodes = self._judged(self.program, first)
        count, seconds = 1, first.seconds
        while nodes:
            if count >= MOST_NODES or seconds >= self.options.time_limit_s or self.watch.must_stop:
                self.is_proven = False
                break
            node = nodes.pop()
            answer = run(_put_in(node, node.integer & (node.lower == node.upper)), self.options, self.watch)
            count, seconds = count + 1, seconds + answer.seconds
            if isinstance(answer, Answer):
                nodes += self._judged(node, answer)
            elif answer.status != "infeasible":
                self.is_proven = False
        if self.found is not None:
            answer, exact = self.found
            return Whole(answer if self.is_proven else attrs.evolve(answer, status="feasible"), exact)
        if self.is_proven:
            return Whole(NoAnswer("infeasible", first.text, first.iterations, first.seconds), None)
        return Whole(attrs.evolve(first, status="feasible"), None)

    def _judged(self, node: Program, answer: Answer) -> list[Program]:
        """Keep an answer that holds to the last bit; else return the programs to go on with."""
        columns = answer.columns
        if not self._is_better(columns):
            return []
        if self.watch.must_stop:
            self.is_proven = False
            return []
        settled = run(with_whole_numbers(node, columns), self.options, self.watch)
        exact = settled.columns if isinstance(settled, Answer) else None
        self.is_proven = self.is_proven and answer.status == "optimal" and settled.status in {"optimal", "infeasible"}
        if exact is not None and self._is_same(columns, exact):
            self.found = answer, exact
            return []
        if exact is not None and self._is_better(exact):
            self.found = attrs.evolve(answer, columns=exact), exact
        column = _leak(node, columns)
        return [] if column is None else _branches(node, column, float(np.round(columns[column])))

    def _is_better(self, columns: Float1D) -> bool:
        if self.found is None:
            return True
        sense = 1.0 if self.program.maximise else -1.0
        return sense * (self.program.objective(columns) - self.program.objective(self.found[1])) > 0.0

    def _is_same(self, columns: Float1D, exact: Float1D) -> bool:
        size = float(np.abs(self.program.cost) @ np.maximum(np.abs(columns), np.abs(exact)))
        return abs(self.program.objective(columns) - self.program.objective(exact)) <= SAME * size


def _put_in(program: Program, known: Bool1D) -> Program:
    """Return a program whose known columns (lower = upper) stand in the bounds of the rows."""
    inside = known[program.index]
    if not inside.any():
        return program
    part = np.where(inside, program.value * np.where(known, program.lower, 0.0)[program.index], 0.0)
    moved = np.bincount(program.row, weights=part, minlength=program.n_rows)
    return attrs.evolve(
        program,
        value=np.where(inside, 0.0, program.value),
        row_lower=program.row_lower - moved,
        row_upper=program.row_upper - moved,
    )


def _leak(program: Program, columns: Float1D) -> int | None:
    """Return the whole number not settled yet in the row that rounding breaks most, else any; None where all are."""
    rounded = np.where(program.integer, np.round(columns), columns)
    activity = program.activity(rounded)
    broken = np.maximum(np.maximum(program.row_lower - activity, activity - program.row_upper), 0.0)
    is_open = program.integer & (program.lower < program.upper)
    places = np.flatnonzero(is_open[program.index] & (program.value != 0) & (broken[program.row] > 0))
    if not len(places):
        return int(np.argmax(is_open)) if is_open.any() else None
    worst = places[broken[program.row[places]] == broken[program.row[places]].max()]
    return int(program.index[worst[np.argmax(np.abs(program.value[worst]))]])


def _branches(program: Program, column: int, value: float) -> list[Program]:
    """Return programs with a whole number at a value, above it and below it."""
    branches = []
    for low, high in ((value, value), (value + 1.0, np.inf), (-np.inf, value - 1.0)):
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[column], upper[column] = max(lower[column], low), min(upper[column], high)
        if lower[column] <= upper[column]:
            branches.append(attrs.evolve(program, lower=lower, upper=upper))
    return branches
