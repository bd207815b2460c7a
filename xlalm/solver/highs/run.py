"""HiGHS through its array interface: the only module that reads its options and statuses."""

import time
from collections.abc import Mapping
from types import MappingProxyType

import attrs
import highspy
import numpy as np

from xlalm.domain.status import NoPlanStatus, PlanStatus
from xlalm.domain.typing import Float1D
from xlalm.domain.watch import Watch, unwatched
from xlalm.program.program import Basis, Program
from xlalm.solver.certify import TOLERANCE, certify
from xlalm.solver.highs.native import new_solver, run_solver
from xlalm.solver.highs.scales import Scales, pass_hessian, scales_of

_OPTIMAL = {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty}
_NO_PLAN: dict[highspy.HighsModelStatus, NoPlanStatus] = {
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
}
_STOPPED = {
    highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kIterationLimit,
    highspy.HighsModelStatus.kInterrupt,
    highspy.HighsModelStatus.kSolutionLimit,
}

QUADRATIC_ATTEMPTS: tuple[dict[str, float | int], ...] = (
    {"qp_regularization_value": 1e-12, "user_bound_scale": -7},
    {"qp_regularization_value": 1e-12, "user_objective_scale": 3},
    {"qp_regularization_value": 1e-10},
    {},
)
"""Options tried in turn for quadratic goals. HiGHS's own regularisation of 1e-7 moves a plan by parts of a million;
without it the active-set method may stall, or call a broken point optimal, in one scaling but not in another."""

LEAK = 1e-7
"""Share of its own amounts by which a row or bound may be missed before the program is solved on more finely."""

QUADRATIC_STEPS, MOST_STALLS = 20, 1000
"""Steps of an attempt for each column and row, and beside: an active-set method that goes round in circles ends."""


@attrs.frozen
class Options:
    """How to run the solver.

    ``amount`` is the size of an amount, for programs whose bounds do not show it; 0: the bounds show it. ``is_fine``:
    amounts are scaled down less, so that a small one beside a large one is not lost in the solver's tolerance.
    """

    time_limit_s: float = 60.0
    seed: int = 0
    presolve: bool = True
    amount: float = 0.0
    is_fine: bool = False


@attrs.frozen(eq=False)
class Answer:
    """A point of a program, (n_columns,), in the program's own units and sense.

    ``row_dual`` (n_rows,) and ``reduced_cost`` (n_columns,) are derivatives of the objective in its own
    sense by the right-hand sides and by the column bounds; None where there are none. ``gap`` is what an integer
    search left open, relative.
    """

    status: PlanStatus
    columns: Float1D
    row_dual: Float1D | None
    reduced_cost: Float1D | None
    text: str
    iterations: int
    gap: float
    seconds: float
    basis: Basis | None = None


@attrs.frozen
class NoAnswer:
    """What the solver said of a program without a point."""

    status: NoPlanStatus
    text: str
    iterations: int
    seconds: float


Outcome = Answer | NoAnswer

NOT_BEGUN = NoAnswer("stopped", "stopped before the solver began", 0, 0.0)
"""What is said where the user has asked to stop before a solve."""


def run(program: Program, options: Options, watch: Watch | None = None, start: Basis | None = None) -> Outcome:
    """Solve a program, from a basis where one is given.

    An outcome that presolve leaves open (unbounded or infeasible) is settled by a run without it, and where
    that leaves it open too (integer programs) by asking for any plan at all. Where the user has asked to stop, nothing
    is begun and the status is ``stopped``.
    """
    watch = watch or unwatched()
    if program.hessian is not None:
        return _run_quadratic(program, options, watch)
    answer, open_question = _run(program, options, watch, start)
    if open_question:
        answer, open_question = _run(program, attrs.evolve(options, presolve=False), watch, None)
    if open_question:
        anything = attrs.evolve(program, cost=np.zeros(program.n_columns), offset=0.0, hessian=None)
        plan, _ = _run(anything, options, watch, None)
        status: NoPlanStatus = "unbounded" if isinstance(plan, Answer) else plan.status
        answer = NoAnswer(status, answer.text, answer.iterations, answer.seconds)
    return _without_leaks(program, options, watch, answer)


def _without_leaks(program: Program, options: Options, watch: Watch, answer: Outcome) -> Outcome:
    """Return an answer whose small balances meet their bounds too: solved on from its basis with finer scales."""
    if program.is_mip or not isinstance(answer, Answer) or answer.status != "optimal" or options.is_fine:
        return answer
    if certify(program, answer.columns, None).breach <= LEAK:
        return answer
    again, _ = _run(program, attrs.evolve(options, presolve=False, is_fine=True), watch, answer.basis)
    is_better = isinstance(again, Answer) and certify(program, again.columns, again.row_dual).accepted
    return again if is_better else answer


def _run_quadratic(program: Program, options: Options, watch: Watch) -> Outcome:
    """Solve a quadratic program by the first attempt whose answer can be proven.

    Otherwise the best plan found is ``feasible``, and ``unbounded`` is what HiGHS says without a proof: its active-set
    method ends at wrong points and takes bounded programs for unbounded ones.
    """
    anything = attrs.evolve(program, cost=np.zeros(program.n_columns), offset=0.0, hessian=None)
    answer, _ = _run(anything, options, watch, None)
    if isinstance(answer, NoAnswer):
        return answer
    found: list[Answer] = []
    ends: list[NoAnswer] = []
    steps = QUADRATIC_STEPS * (program.n_columns + program.n_rows) + MOST_STALLS
    left = options.time_limit_s
    for count, attempt in enumerate(QUADRATIC_ATTEMPTS):
        if count == 1:
            interior = _interior(program, watch)
            if interior is not None:
                return interior
        limited = attrs.evolve(options, time_limit_s=left / 2)
        answer, _ = _run(program, limited, watch, None, {**attempt, "qp_iteration_limit": steps})
        left = max(left - answer.seconds, 1.0)
        if isinstance(answer, NoAnswer):
            ends.append(answer)
            continue
        certificate = certify(program, answer.columns, answer.row_dual)
        if certificate.accepted and answer.status == "optimal":
            return answer
        if certificate.breach <= TOLERANCE:
            found.append(attrs.evolve(answer, status="feasible"))
    if any(end.status == "unbounded" for end in ends):
        return next(end for end in ends if end.status == "unbounded")
    if not found:
        return ends[-1] if ends else NoAnswer("failed", answer.text, answer.iterations, answer.seconds)
    better = -1.0 if program.maximise else 1.0
    return min(found, key=lambda one: better * program.objective(one.columns))


def _interior(program: Program, watch: Watch) -> Answer | None:
    """Return the answer of the interior point where it is proven."""
    from xlalm.solver.interior import interior_point

    started = time.perf_counter()
    for columns, row_dual in interior_point(program):
        if watch.must_stop:
            break
        if certify(program, columns, row_dual).accepted:
            reduced = program.gradient(columns) - program.transpose_product(row_dual)
            seconds = time.perf_counter() - started
            return Answer("optimal", columns, row_dual, reduced, "interior point and active set", 0, 0.0, seconds)
    return None


def dual_ray(program: Program, options: Options, watch: Watch | None = None) -> Float1D | None:
    """Return a combination of rows that proves a linear program infeasible, (n_rows,); None where there is none.

    Simplex without presolve, because presolve proves infeasibility without leaving a ray.
    """
    watch = watch or unwatched()
    if watch.must_stop:
        return None
    solver, scales = passed_program(program, attrs.evolve(options, presolve=False), watch)
    solver.setOptionValue("solver", "simplex")
    run_solver(solver)
    if solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
        return None
    _, has_ray, ray = solver.getDualRay()  # type: ignore[attr-defined]
    return scales.ray(ray) if has_ray else None


def _run(
    program: Program,
    options: Options,
    watch: Watch,
    start: Basis | None,
    extra: Mapping[str, float | int] = MappingProxyType({}),
) -> tuple[Outcome, bool]:
    if watch.must_stop:
        return NOT_BEGUN, False
    started = time.perf_counter()
    solver, scales = passed_program(program, options, watch)
    for name, value in extra.items():
        solver.setOptionValue(name, value)
    if start is not None and start.fits(program):
        _set_basis(solver, start)
    run_solver(solver)
    open_question = solver.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible
    return answer_of(solver, program, scales, started), open_question


def answer_of(
    solver: highspy.Highs, program: Program, scales: Scales, started: float, *, with_basis: bool = True
) -> Outcome:
    """Return what a solver that has run says, unscaled; ``started`` is a reading of ``time.perf_counter``."""
    sense = -1.0 if program.maximise else 1.0
    model_status = solver.getModelStatus()
    info = solver.getInfo()
    text = f"HiGHS {solver.version()}: {solver.modelStatusToString(model_status)}"
    iterations = int(max(info.simplex_iteration_count, 0) + max(info.qp_iteration_count, 0))
    is_optimal = model_status in _OPTIMAL
    if not is_optimal and not (model_status in _STOPPED and info.primal_solution_status == 2):
        seconds = time.perf_counter() - started
        why: NoPlanStatus = "stopped" if model_status in _STOPPED else _NO_PLAN.get(model_status, "failed")
        return NoAnswer(why, text, iterations, seconds)
    solution = solver.getSolution()
    columns = scales.columns(solution.col_value)
    if not np.isfinite(columns).all():  # its quadratic solver does that
        return NoAnswer("failed", f"{text}, but its plan is no number", iterations, time.perf_counter() - started)
    has_dual = not program.is_mip and solution.dual_valid and bool(np.isfinite(solution.row_dual).all())
    return Answer(
        status="optimal" if is_optimal else "feasible",
        columns=columns,
        row_dual=scales.row_prices(solution.row_dual, sense) if has_dual else None,
        reduced_cost=scales.column_prices(solution.col_dual, sense) if has_dual else None,
        text=text,
        iterations=iterations,
        gap=float(info.mip_gap) if program.is_mip else 0.0,
        seconds=time.perf_counter() - started,
        basis=_basis(solver) if with_basis and has_dual and program.hessian is None else None,
    )


def _basis(solver: highspy.Highs) -> Basis | None:
    basis = solver.getBasis()
    if not basis.valid:
        return None
    return Basis(
        np.array([int(status) for status in basis.col_status], dtype=np.int8),
        np.array([int(status) for status in basis.row_status], dtype=np.int8),
    )


def _set_basis(solver: highspy.Highs, start: Basis) -> None:
    basis = highspy.HighsBasis()
    basis.col_status = [highspy.HighsBasisStatus(int(status)) for status in start.column]
    basis.row_status = [highspy.HighsBasisStatus(int(status)) for status in start.row]
    basis.valid = True
    solver.setBasis(basis)


def passed_program(program: Program, options: Options, watch: Watch) -> tuple[highspy.Highs, Scales]:
    """Return a solver that holds the scaled program, and its scales."""
    scales = scales_of(program, options.amount, is_fine=options.is_fine)
    solver = _solver(options, watch)
    sense = -1.0 if program.maximise else 1.0
    solver.passModel(
        program.n_columns,
        program.n_rows,
        len(program.value),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        sense * program.offset / scales.goal,
        sense * program.cost * scales.column / scales.goal,
        program.lower / scales.column,
        program.upper / scales.column,
        program.row_lower / scales.row,
        program.row_upper / scales.row,
        program.start[:-1],
        program.index,
        program.value * scales.column[program.index] / scales.row[program.row],
        program.integer.astype(np.int32),
    )
    if program.hessian is not None and program.hessian_columns is not None:
        pass_hessian(solver, program.n_columns, program.hessian_columns, program.hessian, scales, sense / scales.goal)
    return solver, scales


def _solver(options: Options, watch: Watch) -> highspy.Highs:
    solver = new_solver(
        {
            "threads": 1,  # one thread: the same answer every time
            "parallel": "off",
            "random_seed": options.seed,
            "time_limit": options.time_limit_s,
            "presolve": "on" if options.presolve else "off",
            "mip_rel_gap": 1e-7,
            "mip_abs_gap": 1e-9,  # the default of 1e-6 is coarse where amounts are scaled down
            "primal_feasibility_tolerance": 1e-9,
            "dual_feasibility_tolerance": 1e-9,
        }
    )
    if watch.can_stop:

        def interrupt(event: highspy.highs.HighsCallbackEvent) -> None:
            if watch.must_stop:
                event.interrupt()

        solver.cbSimplexInterrupt += interrupt
        solver.cbMipInterrupt += interrupt
        solver.cbIpmInterrupt += interrupt
    return solver
