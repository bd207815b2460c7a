"""A program that stays in the solver: one bound moved and solved again from the last basis."""

import time

import attrs
import highspy
import numpy as np

from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.build import Build, dense
from xlalm.program.limits import PlacedLimit
from xlalm.program.program import Program
from xlalm.solver.highs.run import NOT_BEGUN, Options, Outcome, answer_of, passed_program
from xlalm.solver.highs.scales import power_of_two


class LiveProgram:
    """A linear program kept in HiGHS, for families of programs that differ in one bound or one row.

    The time limit of the options is that of each solve; the watch is asked before each and while it goes on.
    """

    def __init__(self, program: Program, options: Options, watch: Watch | None = None) -> None:
        self.program = program
        self._watch = watch or unwatched()
        self._time_limit_s = options.time_limit_s
        self._solver, self._scales = passed_program(program, options, self._watch)

    def solve(self, *, with_basis: bool = True) -> Outcome:
        """Solve from wherever the last solve ended; reading the basis takes time that not everybody needs to spend."""
        if self._watch.must_stop:
            return NOT_BEGUN
        started = time.perf_counter()
        # HiGHS's clock runs on from solve to solve, and its limit with it
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + self._time_limit_s)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            self._solver.setOptionValue("presolve", "off")
            self._solver.run()
        return answer_of(self._solver, self.program, self._scales, started, with_basis=with_basis)

    def move_row(self, row: int, lower: float, upper: float) -> None:
        """Give a row new bounds, in the book's unit."""
        if lower == self.program.row_lower[row] and upper == self.program.row_upper[row]:
            return
        self._pass_row(row, lower, upper)
        low, high = self.program.row_lower.copy(), self.program.row_upper.copy()
        low[row], high[row] = lower, upper
        self.program = attrs.evolve(self.program, row_lower=low, row_upper=high)

    def move_column(self, column: int, lower: float, upper: float) -> None:
        """Give a column new bounds, in the book's unit."""
        self._pass_column(column, lower, upper)
        low, high = self.program.lower.copy(), self.program.upper.copy()
        low[column], high[column] = lower, upper
        self.program = attrs.evolve(self.program, lower=low, upper=high)

    def move_cost(self, cost: Float1D, offset: float) -> None:
        """Give the program another linear objective, (n_columns,) and its constant, in the book's unit."""
        scaled = cost * self._scales.column
        self._scales = attrs.evolve(self._scales, goal=power_of_two(float(np.abs(scaled).max(initial=0.0))))
        factor = (-1.0 if self.program.maximise else 1.0) / self._scales.goal
        columns = np.arange(len(cost), dtype=np.int32)
        self._solver.changeColsCost(len(cost), columns, factor * scaled)
        self._solver.changeObjectiveOffset(factor * offset)
        self.program = attrs.evolve(self.program, cost=cost, offset=offset)

    def move_coefficient(self, row: int, column: int, value: float) -> None:
        """Give one nonzero coefficient another value, in the book's unit."""
        scaled = value * self._scales.column[column] / self._scales.row[row]
        self._solver.changeCoeff(row, column, float(scaled))
        program, values = self.program, self.program.value.copy()
        own = program.entries(row)
        values[own][program.index[own] == column] = value
        self.program = attrs.evolve(program, value=values)

    def put_bounds(self, row_lower: Float1D, row_upper: Float1D, lower: Float1D, upper: Float1D) -> None:
        """Give all rows and columns their bounds, in the book's unit; only those that differ are passed on."""
        old = self.program
        for row in np.flatnonzero((row_lower != old.row_lower) | (row_upper != old.row_upper)):
            self._pass_row(int(row), float(row_lower[row]), float(row_upper[row]))
        for column in np.flatnonzero((lower != old.lower) | (upper != old.upper)):
            self._pass_column(int(column), float(lower[column]), float(upper[column]))
        self.program = attrs.evolve(old, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper)

    def _pass_row(self, row: int, lower: float, upper: float) -> None:
        scale = float(self._scales.row[row])
        self._solver.changeRowBounds(row, lower / scale, upper / scale)

    def _pass_column(self, column: int, lower: float, upper: float) -> None:
        scale = float(self._scales.column[column])
        self._solver.changeColBounds(column, lower / scale, upper / scale)

    def ray(self) -> Float1D | None:
        """Return the combination of rows by which the last solve proved that there is no plan, (n_rows,), if any."""
        _, has_ray, ray = self._solver.getDualRay()  # type: ignore[attr-defined]
        return self._scales.ray(ray) if has_ray else None

    def move_bound(self, build: Build, placed: PlacedLimit, step: float) -> None:
        """Put the written bound of a limit ``step`` above where the build has it.

        The bound of an amount is a right-hand side; that of a ratio changes its row's coefficients.
        """
        row, original = placed.row, build.program
        if placed.denominator_form is None:
            self.move_row(row, float(original.row_lower[row]) + step, float(original.row_upper[row]) + step)
            return
        vector, constant = dense(build, placed.denominator_form)
        own = original.entries(row)
        full = -step * vector
        np.add.at(full, original.index[own], original.value[own])
        for column in np.flatnonzero(vector):
            scaled = full[column] * self._scales.column[column] / self._scales.row[row]
            self._solver.changeCoeff(row, int(column), float(scaled))
        self.program = _with_row(self.program, row, full)
        shift = step * constant
        self.move_row(row, float(original.row_lower[row]) + shift, float(original.row_upper[row]) + shift)


def _with_row(program: Program, row: int, full: Float1D) -> Program:
    """Return a program with other coefficients in one row, given for every column."""
    own = program.entries(row)
    index = np.flatnonzero(full).astype(np.int32)
    start = program.start.copy()
    start[row + 1 :] += len(index) - (own.stop - own.start)
    return attrs.evolve(
        program,
        start=start,
        index=np.concatenate([program.index[: own.start], index, program.index[own.stop :]]),
        value=np.concatenate([program.value[: own.start], full[index], program.value[own.stop :]]),
    )
