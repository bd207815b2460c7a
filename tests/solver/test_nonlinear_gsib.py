"""The bank whose surcharge grows with it: the workbook's plan against ipopt on a model written down by hand."""

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.solver.nonlinear_problems import IPOPT
from xlalm.app.verbs import solve as verbs
from xlalm.domain.result import Result

WORKBOOKS = Path(__file__).resolve().parents[2] / "workbooks"
BOOK = WORKBOOKS / "examples" / "gsib_bank" / "gsib_bank.xlsx"
Z_99 = 2.3263478740408408  # the 99 % point of the normal law
SLOPES = {
    "Mortgages prime": 2e-5,
    "Corporates investment grade": 3e-5,
    "Corporates below investment grade": 1e-4,
    "SME secured": 8e-5,
    "Commercial real estate": 8e-5,
    "Retail savings": 3e-5,
    "Corporate term deposits": 3e-5,
}


def rows(name: str) -> list[dict[str, str]]:
    with (WORKBOOKS / "source" / "books" / "gsib" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(BOOK, tmp_path_factory.mktemp("gsib")))


@pytest.fixture(scope="module")
def solved(book: Path) -> Result:
    return verbs.solve(book, write=False)


class Bank:
    """The bank's functions over z = balances, growth, reduction; they take complex numbers."""

    def __init__(self) -> None:
        self.lines = rows("positions")
        self.names = [line["position"] for line in self.lines]
        self.n = len(self.lines)
        self.side = np.array([line["side"] for line in self.lines])
        self.balance, self.low, self.high = (self.column(key) for key in ("balance", "min", "max"))
        self.sign = np.where(np.isin(self.side, ["asset", "off_balance"]), 1.0, -1.0)
        place = {name: i for i, name in enumerate(self.names)}
        self.sigma = np.zeros((self.n, self.n))
        for row in rows("covariances"):
            i, k = place[row["position"]], place[row["with"]]
            self.sigma[i, k] = self.sigma[k, i] = float(row["covariance"])
        self.slopes = np.array([SLOPES.get(name, 0.0) for name in self.names])

    def column(self, key: str) -> np.ndarray:
        return np.array([float(line[key] or 0) for line in self.lines])

    def profit(self, x: np.ndarray) -> Any:
        earned = (self.sign * self.column("rate") + self.column("fee_rate") - self.column("expected_loss")) @ x
        return 0.73 * (earned - self.slopes @ (x * (x - self.balance)) - 14)

    def goal(self, z: np.ndarray) -> Any:
        x = z[: self.n]
        return self.profit(x) - 0.1 * x[self.names.index("Common equity")]

    def limits(self, z: np.ndarray) -> np.ndarray:
        """Return everything that must be >= 0, then everything that must be 0."""
        x, up, down = z[: self.n], z[self.n : 2 * self.n], z[2 * self.n :]
        exposure, cet1 = self.column("leverage_exposure") @ x, self.column("cet1") @ x
        trading = np.where(self.side == "asset", self.column("trading"), 0.0) @ x
        world = exposure / 95000 + self.column("cross_border") @ x / 45000 + self.column("financial") @ x / 30000
        score = 2000 * (world + trading / 5000) + 60
        surcharge = 0.01 + 0.005 * (score - 180) / 100
        standard, advanced = self.column("risk_weight") @ x + 115, self.column("advanced_weight") @ x + 115
        absorbing = self.column("loss_absorbing") @ x
        held = []
        for risk in (advanced, 0.725 * standard):
            held += [cet1 - (0.085 + surcharge) * risk, absorbing - (0.21 + surcharge) * risk]
        held.append(cet1 + self.column("at1") @ x - (0.0325 + 0.5 * surcharge) * exposure)
        held.append(absorbing - 0.0675 * exposure)
        held.append(self.column("asf") @ x - 1.04 * (self.column("rsf") @ x))
        held.append(2.4 - Z_99 * np.sqrt(10 * (x @ self.sigma @ x)))
        of = {key: np.array([line["class"] == key for line in self.lines]) for key in ("loan", "deposit")}
        held.append(1.05 * (of["deposit"] @ x) - of["loan"] @ x)
        on_balance = self.side != "off_balance"
        held.append(500 - on_balance @ (up + down))
        return np.concatenate([held, x - self.balance - up + down, [np.where(on_balance, self.sign, 0.0) @ x]])


def test_ipopt_finds_the_same_plan(solved: Result) -> None:
    """The liquidity coverage ratio, far from its limit, is left out of the model by hand: ipopt may only do better."""
    ipyopt = pytest.importorskip("ipyopt")
    bank = Bank()
    n, start = 3 * bank.n, np.concatenate([bank.balance, np.zeros(2 * bank.n)])
    m = len(bank.limits(start))
    equal = bank.n + 1

    def slope(function: Any, z: np.ndarray) -> np.ndarray:
        return np.array([np.imag(function(z + 1e-30j * unit)) / 1e-30 for unit in np.eye(n)]).T

    def eval_g(z: np.ndarray, out: np.ndarray) -> None:
        out[:] = np.real(bank.limits(z))

    def eval_grad_f(z: np.ndarray, out: np.ndarray) -> None:
        out[:] = -slope(bank.goal, z)

    def eval_jac_g(z: np.ndarray, out: np.ndarray) -> None:
        out[:] = slope(bank.limits, z).ravel()

    solver = ipyopt.Problem(
        n,
        np.concatenate([bank.low, np.zeros(2 * bank.n)]),
        np.concatenate([bank.high, np.full(2 * bank.n, 1000.0)]),
        m,
        np.zeros(m),
        np.concatenate([np.full(m - equal, np.inf), np.zeros(equal)]),
        (np.repeat(np.arange(m), n), np.tile(np.arange(n), m)),
        (np.zeros(0, int), np.zeros(0, int)),
        lambda z: -float(np.real(bank.goal(z))),
        eval_grad_f,
        eval_g,
        eval_jac_g,
        ipopt_options=IPOPT | {"hessian_approximation": "limited-memory", "tol": 1e-8},
    )
    z, value, status = solver.solve(start)
    assert status in {0, 1}
    assert solved.objective == pytest.approx(-value, rel=1e-6)
    plan = np.array(solved.table("Allocation").column("optimal"))
    assert bank.goal(plan) == pytest.approx(solved.objective, rel=1e-9)
    assert bank.profit(plan) == pytest.approx(bank.profit(z[: bank.n]), rel=1e-4)


def test_the_plan_is_certified_and_honest_about_it(solved: Result) -> None:
    assert solved.status == "optimal"
    assert solved.certificate is not None
    assert solved.certificate["accepted"]
    assert solved.certificate["kkt"] <= 1e-6
    assert solved.certificate["is_global"] is False
    assert "not ruled out" in solved.solver
    assert not [f for f in solved.findings if f.severity != "note"]


def test_the_figures_of_its_page(solved: Result, book: Path) -> None:
    """README of the example: plan, and the plan that takes the surcharge for a fixed number."""
    figures = {row["metric"]: row["optimal"] for row in solved.table("MetricReport").records()}
    assert solved.objective == pytest.approx(6.3474, abs=5e-5)
    assert figures["gsib_score"] == pytest.approx(225.79, abs=0.005)
    assert figures["floored_cet1_ratio"] == pytest.approx(0.09729, abs=5e-6)
    assert figures["total_assets"] == pytest.approx(1510.94, abs=0.005)
    limits = {row["limit"]: row for row in solved.table("LimitReport").records()}
    assert limits["CET1 with surcharge"]["worth_of_one_unit"] == pytest.approx(0.4305, abs=5e-5)
    assert limits["Trading value at risk"]["worth_of_one_unit"] == pytest.approx(0.1223, abs=5e-5)
    fixed = verbs.solve(
        book,
        write=False,
        changes=[
            "Limits!CET1 with surcharge=8.5% + opening(gsib_surcharge)",
            "Limits!Leverage with surcharge=3.25% + 50% * opening(gsib_surcharge)",
            "Limits!TLAC over risk=21% + opening(gsib_surcharge)",
        ],
    )
    assert fixed.objective == pytest.approx(6.3827, abs=5e-5)
    assert "proven global" in fixed.solver
    figures = {row["metric"]: row["optimal"] for row in fixed.table("MetricReport").records()}
    assert figures["gsib_score"] == pytest.approx(237.24, abs=0.005)
    assert figures["floored_cet1_ratio"] < 0.085 + figures["gsib_surcharge"] - 7e-4  # truly required


@pytest.mark.parametrize(("name", "step"), [("CET1 with surcharge", 1e-4), ("Trading value at risk", 1e-3)])
def test_prices_by_solving_again(solved: Result, book: Path, name: str, step: float) -> None:
    written = {"CET1 with surcharge": "8.5% + gsib_surcharge", "Trading value at risk": "2.4"}[name]
    values = []
    for move in (step, -step):
        changed = verbs.solve(book, write=False, changes=[f"Limits!{name}={written} + {move!r}".replace("+ -", "- ")])
        values.append(changed.objective)
    price = {row["limit"]: row["shadow_price"] for row in solved.table("LimitReport").records()}[name]
    assert price == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-3)
