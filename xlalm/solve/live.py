"""A program that stays in the solver: one bound moved and solved again from the last basis."""

import time

import attrs
import highspy
import numpy as np

from xlalm.domain.typing import Float1D, never_stop
from xlalm.program.build import Build, PlacedLimit
from xlalm.program.program import Program
from xlalm.solve.highs import Answer, Options, answer_of, passed_program
from xlalm.solve.ratio import dense


class LiveProgram:
    """A linear program kept in HiGHS, for families of programs that differ in one bound or one row."""

    def __init__(self, program: Program, options: Options) -> None:
        self.program = program
        self._solver, self._column_scale, self._row_scale = passed_program(program, options, never_stop)

    def solve(self) -> Answer:
        """Solve from wherever the last solve ended."""
        started = time.perf_counter()
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            self._solver.setOptionValue("presolve", "off")
            self._solver.run()
        return answer_of(self._solver, self.program, self._column_scale, self._row_scale, started)

    def move_row(self, row: int, lower: float, upper: float) -> None:
        """Give a row new bounds, in the book's unit."""
        scale = float(self._row_scale[row])
        self._solver.changeRowBounds(row, lower / scale, upper / scale)
        low, high = self.program.row_lower.copy(), self.program.row_upper.copy()
        low[row], high[row] = lower, upper
        self.program = attrs.evolve(self.program, row_lower=low, row_upper=high)

    def move_column(self, column: int, lower: float, upper: float) -> None:
        """Give a column new bounds, in the book's unit."""
        scale = float(self._column_scale[column])
        self._solver.changeColBounds(column, lower / scale, upper / scale)
        low, high = self.program.lower.copy(), self.program.upper.copy()
        low[column], high[column] = lower, upper
        self.program = attrs.evolve(self.program, lower=low, upper=high)

    def move_bound(self, build: Build, placed: PlacedLimit, step: float) -> None:
        """Raise the written bound of a limit by ``step``; a ratio's bound changes its row's coefficients."""
        from xlalm.solve.ranging import moved_bound

        changed = moved_bound(build, self.program, placed, step)
        row = placed.row
        if placed.denominator_form is not None:
            vector, _ = dense(build, placed.denominator_form)
            own = slice(int(changed.start[row]), int(changed.start[row + 1]))
            values: Float1D = np.zeros(changed.n_columns)
            values[changed.index[own]] = changed.value[own]
            for column in np.flatnonzero(vector):
                scaled = values[column] * self._column_scale[column] / self._row_scale[row]
                self._solver.changeCoeff(row, int(column), float(scaled))
        self.move_row(row, float(changed.row_lower[row]), float(changed.row_upper[row]))
        self.program = changed
