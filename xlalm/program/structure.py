"""What every program holds beside its limits: changes, identity, lots, thresholds, either-or."""

import numpy as np

from xlalm.domain.balance_sheet import BalanceSheet
from xlalm.domain.errors import Refused
from xlalm.domain.typing import Bool1D
from xlalm.measures.expression import Affine, Expression
from xlalm.measures.shape import walk
from xlalm.program.program import Owner
from xlalm.program.rows import Form, RowBuilder


def add_change_columns(builder: RowBuilder, sheet: BalanceSheet, expressions: list[Expression]) -> None:
    """Give up and down columns to the positions whose changes any formula uses, tied to their balance."""
    used: Bool1D = np.zeros(len(sheet), dtype=np.bool_)
    seen: set[int] = set()
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Affine) and id(node) not in seen:
                seen.add(id(node))
                for vector in (node.up, node.down):
                    if vector is not None:
                        used |= vector != 0
    positions = np.flatnonzero(used & ~sheet.fixed)
    if not len(positions):
        return
    zero, free = np.zeros(len(positions)), np.full(len(positions), np.inf)
    # no upper bounds here: the balance has them, and its reduced cost must not hide in a copy
    ups = builder.add_columns(positions, "up", zero, free)
    downs = builder.add_columns(positions, "down", zero, free)
    stocks = builder.block("stock").column[positions]
    for i, stock, up, down in zip(positions, stocks, ups, downs, strict=True):
        form = Form(Affine(), {int(stock): 1.0, int(up): -1.0, int(down): 1.0})
        opening = float(sheet.opening[i])
        cell = sheet.table.raw.cell(int(i), "balance")
        builder.add_row(form, opening, opening, Owner("change", int(i), sheet.names[i], cell))


def add_identity(builder: RowBuilder, sheet: BalanceSheet) -> None:
    """Add assets = liabilities + equity, less what they differ by at opening: nothing new is unfunded."""
    on_balance = np.where(sheet.on_side("off_balance"), 0.0, sheet.sign)
    rest = sheet.opening_difference
    cell = sheet.table.raw.header_cell("balance")
    owner = Owner("identity", 0, "assets = liabilities + equity", cell)
    builder.add_row(Form(Affine(0.0, on_balance)), rest, rest, owner)


def add_least_assets(builder: RowBuilder, sheet: BalanceSheet, least: float) -> None:
    """Add that assets are no less than an amount."""
    owner = Owner("assets", 0, "some assets", sheet.table.raw.header_cell("balance"))
    builder.add_row(Form(Affine(0.0, sheet.on_side("asset").astype(np.float64))), least, np.inf, owner)


def add_lots(builder: RowBuilder, sheet: BalanceSheet) -> None:
    """Tie positions with lots to integer columns."""
    lots, stock = sheet.numbers["lot"], builder.block("stock").column
    for i in np.flatnonzero((lots > 0) & ~sheet.fixed):
        lot, opening = float(lots[i]), float(sheet.opening[i])
        least = np.ceil((sheet.lower[i] - opening) / lot - 1e-9)
        most = np.floor((sheet.upper[i] - opening) / lot + 1e-9)
        count = builder.add_column(float(least), float(most), integer=True, money=False)
        owner = Owner("lot", int(i), sheet.names[i], sheet.table.raw.cell(int(i), "lot"))
        builder.add_row(Form(Affine(), {int(stock[i]): 1.0, count: -lot}), opening, opening, owner)


def add_thresholds(builder: RowBuilder, sheet: BalanceSheet) -> None:
    """Keep positions with min_if_used at 0 or above it."""
    threshold, stock = sheet.numbers["min_if_used"], builder.block("stock").column
    for i in np.flatnonzero((threshold > 0) & ~sheet.fixed):
        used = builder.add_column(0.0, 1.0, integer=True, money=False)
        owner = Owner("threshold", int(i), sheet.names[i], sheet.table.raw.cell(int(i), "min_if_used"))
        builder.add_row(Form(Affine(), {int(stock[i]): 1.0, used: -float(threshold[i])}), 0.0, np.inf, owner)
        builder.add_row(Form(Affine(), {int(stock[i]): 1.0, used: -float(sheet.upper[i])}), -np.inf, 0.0, owner)


def add_either(builder: RowBuilder, sheet: BalanceSheet, positions: tuple[int, ...]) -> None:
    """Let a position grow or shrink, not both: it would pay to sell at one rate and buy at a better one."""
    up, down = builder.block("up").column, builder.block("down").column
    for i in positions:
        cell = sheet.table.raw.cell(i, "max")
        owner = Owner("either", i, sheet.names[i], cell)
        growth, fall = float(sheet.upper[i] - sheet.opening[i]), float(sheet.opening[i] - sheet.lower[i])
        if not np.isfinite(growth):
            reason = f'it would pay to sell and buy "{sheet.names[i]}" at once, and it has no max'
            raise Refused(cell, reason, "enter its max, or make new_rate no better than exit_rate")
        grows = builder.add_column(0.0, 1.0, integer=True, money=False)
        # wider than the balance's bounds, so that their prices do not hide in these rows
        room = max(growth, 0.0) + max(fall, 0.0) or 1.0
        growth, fall = max(growth, 0.0) + room, max(fall, 0.0) + room
        builder.add_row(Form(Affine(), {int(up[i]): 1.0, grows: -growth}), -np.inf, 0.0, owner)
        builder.add_row(Form(Affine(-fall), {int(down[i]): 1.0, grows: fall}), -np.inf, 0.0, owner)
