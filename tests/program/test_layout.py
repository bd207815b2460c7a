"""Plan and columns: a block knows where the balances, growth and reduction of every position stand."""

import numpy as np

from tests.strategies import book, model_of
from xlalm.program.build import build_program
from xlalm.program.layout import PARTS, ColumnLayout
from xlalm.program.problem import problem_of
from xlalm.solver.linear.ratio import CharnesCooper

POSITIONS = {
    "position": ["Loans", "Bills", "Deposits"],
    "side": ["asset", "asset", "liability"],
    "balance": [60.0, 40.0, 100.0],
    "max": [100.0, 100.0, 100.0],
    "fixed": [None, None, "yes"],
    "rate": [0.05, 0.02, 0.01],
    "risk_weight": [1.0, 0.0, 0.0],
}


def test_every_part_of_a_plan_is_found_and_nothing_else():
    """A fixed line has no change columns; the rest of the columns are auxiliary."""
    limits = [("turnover()", "<=", 30.0), ("min(sum(rate), 4)", ">=", 1.0)]
    program = build_program(problem_of(model_of(book(POSITIONS, limits=limits)))).program
    layout = program.layout
    assert layout.n_positions == 3
    assert layout.block("stock").column.tolist() == [0, 1, 2]
    assert layout.block("up").positions.tolist() == layout.block("down").positions.tolist() == [0, 1]
    assert layout.block("up").column[2] == -1
    owned = np.concatenate([layout.block(part).columns for part in PARTS[:3]])
    assert sorted(owned) == np.flatnonzero(layout.position >= 0).tolist()
    assert len(owned) < program.n_columns


def test_what_is_put_into_a_block_is_read_from_it():
    """Amounts of all positions go where those of them that have a column stand."""
    program = build_program(problem_of(model_of(book(POSITIONS, limits=[("turnover()", "<=", 30.0)])))).program
    columns = np.zeros(program.n_columns)
    program.layout.block("stock").put(columns, np.array([50.0, 50.0, 100.0]))
    program.layout.block("down").put(columns, np.array([10.0, 0.0, 7.0]))
    assert program.plan(columns).tolist() == [50.0, 50.0, 100.0]
    assert program.layout.block("down").of(columns).tolist() == [10.0, 0.0]
    assert columns.sum() == 210.0


def test_periods_and_nodes_have_blocks_of_their_own():
    """Two positions in two periods, the second period in two nodes, the columns in no order."""
    position = np.array([1, 0, 0, 1, 1, 0, -1], dtype=np.int32)
    period = np.array([0, 0, 1, 1, 1, 1, 0], dtype=np.int32)
    node = np.array([0, 0, 1, 1, 0, 0, 0], dtype=np.int32)
    part = np.array([0, 0, 0, 0, 0, 0, 3], dtype=np.int32)
    layout = ColumnLayout(position, part, period, node)
    columns = np.arange(7.0)
    assert layout.plan(columns).tolist() == [1.0, 0.0]
    assert layout.plan(columns, 1, 1).tolist() == [2.0, 3.0]
    assert layout.plan(columns, 1, 0).tolist() == [5.0, 4.0]
    assert not len(layout.block("up", 1, 1).columns)
    assert not len(layout.block("stock", 2).columns)


def test_a_program_without_positions_has_empty_blocks():
    """Nothing to find is no fault."""
    empty = np.zeros(0, dtype=np.int32)
    layout = ColumnLayout(empty, empty, empty, empty)
    assert layout.n_positions == 0
    assert not len(layout.plan(np.zeros(0)))


def test_charnes_cooper_keeps_the_layout_and_finds_its_way_back():
    """Column n is t; y / t are the balances. Where t is 0 the ratio has no best value."""
    build = build_program(problem_of(model_of(book(POSITIONS, [("sum(rate) / sum(risk_weight)", "max")]))))
    assert build.ratio is not None
    route = CharnesCooper.of(build, build.ratio)
    layout = route.program.layout
    assert layout.position.tolist() == [*build.program.layout.position.tolist(), -1]
    assert len(layout.part) == route.program.n_columns
    plan = np.array([50.0, 50.0, 100.0])
    columns = build.builder.columns_at(problem_of(model_of(book(POSITIONS))).point(plan))
    t = 1 / 50.0
    point = np.append(t * columns, t)
    activity = route.program.activity(point)
    assert (activity >= route.program.row_lower - 1e-12).all()
    assert (activity <= route.program.row_upper + 1e-12).all()
    back = route.invert(point)
    assert back is not None
    assert np.allclose(build.program.plan(back), plan)
    assert route.invert(np.append(columns, 0.0)) is None


def test_the_program_knows_its_rows_and_its_largest_amount():
    """Entries by row, and the amount that rounding is measured by: switches do not count."""
    positions = POSITIONS | {"min_if_used": [None, 20.0, None]}
    program = build_program(problem_of(model_of(book(positions)))).program
    for k in range(program.n_rows):
        assert (program.row[program.entries(k)] == k).all()
    assert len(program.row) == len(program.value)
    columns = np.where(program.money, 0.25, 1e9)
    assert program.largest_amount(columns) == 1.0
    assert program.largest_amount(columns, 0.0) == 0.25
    assert program.largest_amount(-8.0 * columns) == 2.0
