"""The nonlinear route: local optima from several starts, cutting planes where curves have tips, proof, prices.

Only models with products, ratios or values at risk that no linear or quadratic program can hold come here; scipy is
loaded only where the first method does not settle.
"""

import time
from collections.abc import Iterator
from itertools import pairwise

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Watch
from xlalm.measures.expression import Point
from xlalm.measures.shape import describe
from xlalm.program.build import Build, build_program
from xlalm.program.problem import Problem
from xlalm.program.program import Program
from xlalm.solver.certify import TOLERANCE, certify
from xlalm.solver.highs.run import NoAnswer, Options, run
from xlalm.solver.infeasible.unbounded import recession
from xlalm.solver.linear.netting import NEAR, moves_both_ways
from xlalm.solver.nonlinear.cuts import cutting_planes, relaxation
from xlalm.solver.nonlinear.functions import MAX_CELLS, Functions, tangent_program
from xlalm.solver.nonlinear.local import FEASIBLE, LocalOptimum, SearchEndedError, local_optimum
from xlalm.solver.nonlinear.proof import certify_curved, is_convex
from xlalm.solver.solution import Certificate, NoPlan, Planned, Solution, no_plan, on_bounds

STARTS = 8
"""Points from which a program that is not convex is searched."""

FAR_OFF = 10.0
"""How many times the largest balance or bound a position may grow before a search that does not settle has run away."""

PROPORTIONAL = 10.0
"""How many times as much eleven times the way has to gain for a goal to be called without end."""

SAME = 1e-7
"""Relative distance of goals below which two local optima count as one."""

CHECKING = 0.9
"""Share of the progress of a search at which its answer is checked."""


def solve_nonlinear(problem: Problem, options: Options, watch: Watch) -> Solution:
    """Solve a problem whose limits or goal are nonlinear.

    Returns
    -------
    A solution whose ``proof`` says whether the plan is proven best or the best of several local optima. Its status is
    ``infeasible`` only where a relaxation proves it, ``feasible`` where the optimality conditions were not met.

    Raises
    ------
    Refused
        For lots, thresholds or switches beside nonlinear limits, and for programs too large.
    """
    started = time.perf_counter()
    build = build_program(problem, curved=True)
    _check_size(build, problem)
    none = _proven_infeasible(problem, build, options, watch, started)
    if none is not None:
        return none
    search = _Search(problem, build, options, watch, started)
    watch.says(f"searching {len(search.functions.free)} columns, {len(build.smooth_terms)} curves")
    search.run()
    watch.says("checking the answer", CHECKING)
    return search.solution()


def _check_size(build: Build, problem: Problem) -> None:
    if build.program.n_rows * build.program.n_columns > MAX_CELLS:
        reason = f"{build.program.n_rows:,} rows times {build.program.n_columns:,} columns are too many for products"
        cell = problem.objective.owner.cell
        raise Refused(cell, reason, "use limits and goals without products, or fewer positions")


def _proven_infeasible(problem: Problem, build: Build, options: Options, watch: Watch, started: float) -> NoPlan | None:
    """Return that there is no plan where a linear relaxation has none; None where it has one."""
    points = [build.builder.columns_at(problem.opening)]
    relaxed = attrs.evolve(build, program=relaxation(build, points))
    nothing = attrs.evolve(relaxed.program, cost=np.zeros(relaxed.program.n_columns), offset=0.0)
    answer = run(nothing, options, watch)
    if answer.status != "infeasible":
        return None
    return no_plan(problem, relaxed, "infeasible", f"{answer.text}: the linear relaxation has no plan", started)


class _Search:
    """Local optima of one build, the best first."""

    def __init__(self, problem: Problem, build: Build, options: Options, watch: Watch, started: float) -> None:
        self.problem, self.build, self.options, self.watch = problem, build, options, watch
        self.functions = Functions(build)
        self.started, self.deadline = started, started + options.time_limit_s
        self.convex = is_convex(build)
        self.found: list[LocalOptimum] = []
        self.searches = 0
        self.was_stopped = False
        self.ran_away = ""  # positions along which a search found no end
        self.endless: Program | None = None  # the tangents from where on there is none

    def run(self) -> None:
        """Search from every start by steps, and by the slower methods where none of them settled.

        One search is enough where a local optimum is the best plan.
        """
        points = []
        try:
            for start in starts(self.problem, self.build, self.options, self.watch):
                points.append(start[self.functions.free])
                self.watch.says(f"search {len(points)} of {STARTS}", CHECKING * (len(points) - 1) / STARTS)
                self.searches += 1
                self._look(local_optimum(self.functions, points[-1], self._check, thorough=False))
                if self.convex and self._has_settled():
                    return
            if len(points) < STARTS:  # perhaps because of a stop between two searches
                self._check()
            for point in points:
                if self._has_settled():
                    return
                self._look(local_optimum(self.functions, point, self._check))
        except SearchEndedError:
            self.was_stopped = True

    def _has_settled(self) -> bool:
        return bool(self.found) and self.found[0].is_settled

    def _check(self) -> None:
        if self.watch.must_stop or time.perf_counter() > self.deadline:
            raise SearchEndedError

    def _look(self, local: LocalOptimum) -> None:
        away = [] if local.is_settled else self._far_off(local)
        if away:
            self.ran_away = ", ".join(away[:3])
            self.endless = self.endless or self._endless_from(local.point)
            return
        if local.violation > FEASIBLE or not np.isfinite(local.goal):
            return
        better = -1.0 if self.build.maximise else 1.0
        self.found.append(local)
        # a settled optimum before a mere plan of the same goal
        self.found.sort(key=lambda one: (better * one.goal, one.residual))
        best = self.found[0].goal
        same = [one for one in self.found if abs(one.goal - best) <= SAME * max(1.0, abs(best))]
        self.found.sort(key=lambda one: (one not in same, one.residual if one in same else 0.0))

    def _far_off(self, local: LocalOptimum) -> list[str]:
        """Return positions without a max that an unsettled search drove far beyond every balance and bound."""
        sheet = self.problem.sheet
        plan = self.build.program.plan(self.functions.at(local.point).columns)
        sizes = np.concatenate([sheet.opening, sheet.lower, sheet.upper[np.isfinite(sheet.upper)]])
        far = np.isinf(sheet.upper) & ~(plan <= FAR_OFF * max(1.0, float(sizes.max(initial=0.0))))
        return [sheet.names[i] for i in np.flatnonzero(far)]

    def _endless_from(self, far: Float1D) -> Program | None:
        """Return the tangents at a point from where on every row holds while the goal grows in proportion, if it is."""
        at, functions = self.functions.at(far), self.functions
        if not np.isfinite(at.columns).all():
            return None
        tangents = tangent_program(self.build, at.columns, one_sided=False)
        stock = tangents.layout.block("stock").columns
        found = run(recession(tangents, stock[np.isinf(self.problem.sheet.upper)]), self.options, self.watch)
        if isinstance(found, NoAnswer):
            return None
        way = max(1.0, float(np.abs(far).max())) * found.columns[functions.free]
        points = [far + times * way for times in (1.0, 10.0, 100.0)]
        goals = [functions.at(point).goal * (-1.0 if self.build.maximise else 1.0) for point in points]
        first, rest = goals[0] - goals[1], goals[0] - goals[2]
        goes_on = first > 0 and rest >= PROPORTIONAL * first and self._holds(points[-1])
        return tangents if goes_on else None

    def _holds(self, point: Float1D) -> bool:
        """Whether rows and bounds hold at free columns (n_free,), to the rounding of what they are made of."""
        at, functions, program = self.functions.at(point), self.functions, self.functions.program
        near = FEASIBLE * float(np.abs(point).max(initial=1.0))
        size = FEASIBLE * np.maximum(np.abs(at.jacobian) @ np.abs(point), 1.0)
        rows = (at.rows >= program.row_lower - size) & (at.rows <= program.row_upper + size)
        columns = (point >= functions.lower - near) & (point <= functions.upper + near)
        return bool(rows.all() and columns.all())

    def _distinct(self) -> int:
        goals = sorted(one.goal for one in self.found if one.is_settled)
        return 1 + sum(above - below > SAME * max(1.0, abs(above)) for below, above in pairwise(goals))

    # --- the answer ------------------------------------------------------------------------------------

    def solution(self) -> Solution:
        """Return the best plan found with its proof, or why there is none."""
        if self.ran_away:
            text = f"the search ran away along {self.ran_away}: enter the max of every position"
            if self.endless is None:
                return no_plan(self.problem, self.build, "failed", text, self.started)
            build = attrs.evolve(self.build, program=self.endless)
            return no_plan(self.problem, build, "unbounded", text, self.started)
        plain = all(curve.is_convex_constraint for curve in self.build.smooth_terms)
        candidate = self._from_local() if self.found else None
        if plain and (candidate is None or candidate.status != "optimal") and not self.was_stopped:
            cut = self._from_cuts()
            if cut is not None and (candidate is None or cut.status in {"optimal", "infeasible"}):
                return cut
        if candidate is not None:
            return candidate
        if self.was_stopped:
            return no_plan(self.problem, self.build, "stopped", "stopped before a plan was found", self.started)
        text = f"{self.searches} local searches found no plan that meets every limit; that there is none is not proven"
        return no_plan(self.problem, self.build, "failed", text, self.started)

    def _from_local(self) -> Solution:
        best, build = self.found[0], self.build
        at = self.functions.at(best.point)
        refuse_churning(self.problem, build, at.columns)
        row_dual = np.append(best.row_price, self.functions.curve_prices(at, best.row_price))
        iterations = sum(one.iterations for one in self.found)
        made = self._solution(build, at.columns, row_dual, f"{best.found_by} and Newton's method", iterations)
        if not isinstance(made, Planned):
            return made
        if not made.certificate.accepted:
            return attrs.evolve(made, status="feasible", proof="the optimality conditions are not met")
        if not best.is_settled:
            return attrs.evolve(made, status="feasible", proof="not settled: a better plan may be near")
        if self.convex:
            return attrs.evolve(made, proof="proven global: the goal and every limit are convex")
        kinds = self._distinct()
        what = f"the best of {kinds} local optima" if kinds > 1 else "the only local optimum"
        searched = f"{what} found from {self.searches} starts; a better one elsewhere is not ruled out"
        return attrs.evolve(made, status="feasible" if self.was_stopped else "optimal", proof=searched)

    def _from_cuts(self) -> Solution | None:
        first = self.build.builder.columns_at(self.problem.opening)
        program, answer = cutting_planes(self.build, first, self.options, self.watch)
        if isinstance(answer, NoAnswer):
            if answer.status != "infeasible":
                return None
            build = attrs.evolve(self.build, program=program)
            return no_plan(self.problem, build, "infeasible", f"{answer.text}: cutting planes", self.started)
        if answer.row_dual is None:
            return None
        refuse_churning(self.problem, self.build, answer.columns)
        made = self._solution(
            self.build, answer.columns, answer.row_dual, f"{answer.text}: cutting planes", answer.iterations, program
        )
        if not isinstance(made, Planned):
            return made
        proven = answer.status == "optimal" and made.certificate.accepted
        proof = (
            "proven global: the goal and every limit are convex" if proven else "the cutting planes did not close in"
        )
        return attrs.evolve(made, status="optimal" if proven else "feasible", proof=proof)

    def _solution(
        self,
        build: Build,
        columns: Float1D,
        row_dual: Float1D,
        text: str,
        iterations: int,
        cuts: Program | None = None,
    ) -> Solution:
        sheet = self.problem.sheet
        plan = on_bounds(build.program.plan(columns), sheet)
        point = self.problem.point(plan)
        objective = build.goal.value(point)
        broken = _broken(self.problem, point)
        if broken:
            return no_plan(self.problem, build, "failed", f"{text}, but the answer breaks {broken}", self.started)
        columns = build.builder.columns_at(point, columns)  # what is certified is what is reported
        soft = self.problem.has_soft_limits
        away = abs(build.program.objective(columns) - objective)
        difference = 0.0 if soft else away
        if cuts is None:
            certificate, priced = certify_curved(build, columns, row_dual, objective_difference=difference)
        else:
            certificate, priced = _certify_cuts(build, cuts, columns, row_dual, difference), cuts
        return Planned(
            status="optimal",
            build=build,
            plan=plan,
            columns=columns,
            objective=objective,
            penalty=away if soft else 0.0,
            row_dual=row_dual,
            reduced_cost=priced.gradient(columns) - priced.transpose_product(row_dual),
            conditional=False,
            certificate=certificate,
            solver=text,
            iterations=iterations,
            seconds=time.perf_counter() - self.started,
            program=priced,
        )


def _broken(problem: Problem, point: Point) -> str:
    """Return the name of a hard limit that a plan breaks when both sides are counted anew, else an empty text."""
    for limit in problem.limits:
        left, right = limit.left.value(point), limit.right.value(point)
        over = {"<=": left - right, ">=": right - left}.get(limit.sense, abs(left - right))
        if limit.active and limit.hard and not over <= TOLERANCE * max(1.0, abs(left), abs(right)):
            return limit.name
    return ""


def refuse_churning(problem: Problem, build: Build, columns: Float1D) -> None:
    """Raise Refused where it pays to grow and shrink a position at once, which only a binary could forbid."""
    suspects = moves_both_ways(build, columns)
    if not len(suspects):
        return
    sheet, point = problem.sheet, problem.point(build.program.plan(columns))
    netted = build.builder.columns_at(point, columns)
    activity = build.program.activity(netted)
    broken = max(float((build.program.row_lower - activity).max()), float((activity - build.program.row_upper).max()))
    true = build.goal.value(point)
    lost = abs(true - build.program.objective(columns))
    is_worse = not problem.has_soft_limits and lost > 1e-7 * max(1.0, abs(true))
    if is_worse or broken > NEAR * build.program.largest_amount(columns):
        name, cell = sheet.names[suspects[0]], sheet.table.raw.cell(int(suspects[0]), "max")
        curved, otherwise = _curved(build)
        reason = f'it would pay to sell and buy "{name}" at once, and {curved}'
        raise Refused(cell, reason, f"make new_rate no better than exit_rate, or {otherwise}")


def _curved(build: Build) -> tuple[str, str]:
    """Return in words what of a program is not linear, and what would help besides."""
    columns = [curve.column for curve in build.smooth_terms]
    rows = build.program.row[np.isin(build.program.index, columns)]
    if any(build.program.row_owner[row].kind == "limit" for row in rows):
        return "some limit or goal is nonlinear", "use its rate on the stock alone"
    if describe(build.goal) == "quadratic":
        return "the goal is quadratic", "choose a goal without products"
    return "the goal is nonlinear", "use its rate on the stock alone"


def _certify_cuts(build: Build, cuts: Program, columns: Float1D, row_dual: Float1D, difference: float) -> Certificate:
    certificate = certify(cuts, columns, row_dual, objective_difference=difference)
    gaps = [0.0]
    for curve in build.smooth_terms:
        level = curve.value(curve.forms(columns))
        gap = (columns[curve.column] - level) * (1.0 if curve.need == "below" else -1.0)
        gaps.append(gap / max(1.0, abs(level)))
    kkt = max(*gaps, certificate.gap)
    accepted = certificate.accepted and kkt <= TOLERANCE
    return attrs.evolve(certificate, kkt=kkt, accepted=accepted, is_global=accepted)


# --- starts --------------------------------------------------------------------------------------------


def starts(problem: Problem, build: Build, options: Options, watch: Watch) -> Iterator[Float1D]:
    """Give the points to search from, each (n_columns,): the same ones for the same seed.

    The opening first, then vertices of the linear relaxation in random directions, and mixtures of them.
    """
    sheet, builder = problem.sheet, build.builder
    rng = np.random.default_rng(options.seed)
    yield builder.columns_at(Point.at(np.clip(sheet.opening, sheet.lower, sheet.upper), sheet.opening))
    vertices: list[Float1D] = []
    for k in range(STARTS - 1):
        if k % 3 == 2 and len(vertices) > 1:
            stock = rng.dirichlet(np.ones(len(vertices))) @ np.array(vertices)
        else:
            found = _vertex(build, rng.normal(size=len(sheet)), options, watch)
            if found is None:
                continue
            vertices.append(found)
            stock = found
        yield builder.columns_at(Point.at(stock, sheet.opening))


def _vertex(build: Build, direction: Float1D, options: Options, watch: Watch) -> Float1D | None:
    """Return balances that a direction likes best among those of the relaxation, far ends cut off."""
    program, stock = build.program, build.program.layout.block("stock").columns
    largest = max(1.0, 10 * float(np.abs(build.builder.sheet.opening).max(initial=0.0)))
    cost = np.zeros(program.n_columns)
    cost[stock] = direction
    upper = program.upper.copy()
    upper[stock] = np.where(np.isfinite(upper[stock]), upper[stock], np.maximum(program.lower[stock], 0.0) + largest)
    answer = run(attrs.evolve(program, cost=cost, offset=0.0, upper=upper, maximise=False), options, watch)
    return None if isinstance(answer, NoAnswer) else program.plan(answer.columns)
