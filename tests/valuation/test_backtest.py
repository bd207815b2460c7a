"""Backtests: published statistics and regions, independent likelihoods, degenerate histories, real yields."""

import csv
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from xlalm.domain.errors import Refused
from xlalm.valuation.risk.backtest import (
    conditional_coverage,
    independence,
    independence_of,
    kupiec,
    rolling_value_at_risk,
    traffic_light,
    transitions,
)

DATA = Path(__file__).parent / "data" / "us_treasury_yields_monthly.csv"
histories = st.lists(st.booleans(), min_size=1, max_size=80).map(lambda hits: np.array(hits, dtype=bool))

# Kupiec (1995) as printed by Jorion (2007), Value at Risk, 3rd ed., Table 6.2: numbers of failures N at which the model
# is not rejected at 5 %, exclusive ends. One entry has no lower end: "N < 7" at 1 % and 255 days.
REGIONS = {
    0.01: {255: (0, 7), 510: (1, 11), 1000: (4, 17)},
    0.025: {255: (2, 12), 510: (6, 21), 1000: (15, 36)},
    0.05: {255: (6, 21), 510: (16, 36), 1000: (37, 65)},
    0.075: {255: (11, 28), 510: (27, 51), 1000: (59, 92)},
    0.10: {255: (16, 36), 510: (38, 65), 1000: (81, 120)},
}


# --- reference -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("chance", "days"), [(p, n) for p, by_days in REGIONS.items() for n in by_days])
def test_regions_of_kupiec(chance: float, days: int) -> None:
    """The printed region is where the test passes; none in 255 days at 1 % has the statistic 5.13 and is rejected."""
    low, high = REGIONS[chance][days]
    passed = [n for n in range(days + 1) if kupiec(n, days, 1 - chance).p_value >= 0.05]
    assert passed == list(range(low + 1, high))


def test_jp_morgan_of_jorion() -> None:
    """Jorion (2007), ch. 6: J.P. Morgan in 1998, 20 exceptions in 252 days at 95 %: LR 3.91.

    Table 6.5: 14 of 232 calm days and 6 of 20 days with an exception were followed by one: LR 9.53, together 13.44.
    """
    frequency, clusters = kupiec(20, 252, 0.95), independence_of(218, 14, 14, 6)
    assert frequency.statistic == pytest.approx(3.91, abs=0.005)
    assert clusters.statistic == pytest.approx(9.53, abs=0.005)
    assert frequency.statistic + clusters.statistic == pytest.approx(13.44, abs=0.005)


def test_clustered_bank_of_jorion() -> None:
    """The same chapter, question 10: 6 exceptions in 252 days at 99 %, 4 after another: 3.498 (truncated), 25.837."""
    assert kupiec(6, 252, 0.99).statistic == pytest.approx(3.498, abs=0.001)
    assert independence_of(244, 2, 2, 4).statistic == pytest.approx(25.837, abs=0.0005)


def test_table_2_of_the_basel_committee() -> None:
    """BCBS (1996), bcbs22, Table 2: zones and cumulative probabilities, in percent, for 250 days at 99 %."""
    printed = [8.11, 28.58, 54.32, 75.81, 89.22, 95.88, 98.63, 99.60, 99.89, 99.97, 99.99]
    zones = ["green"] * 5 + ["yellow"] * 5 + ["red"]
    for exceptions, (percent, zone) in enumerate(zip(printed, zones, strict=True)):
        light = traffic_light(exceptions, 250, 0.99)
        assert light.zone == zone
        assert 100 * light.probability == pytest.approx(percent, abs=0.0051)


@pytest.mark.parametrize(("days", "confidence", "yellow", "red"), [(750, 0.995, 7, 13), (250, 0.99, 5, 10)])
def test_zones_carried_over_to_other_days(days: int, confidence: float, yellow: int, red: int) -> None:
    """At 750 days and 99.5 % yellow begins at 7, red at 13 (cfrm17.github.io, Trade lifecycle 3, backtesting KPIs)."""
    zones = [traffic_light(n, days, confidence).zone for n in range(days + 1)]
    assert (zones.index("yellow"), zones.index("red")) == (yellow, red)


# --- oracles -----------------------------------------------------------------------------------------------


@given(st.integers(1, 1500), st.floats(0, 1), st.sampled_from([0.9, 0.95, 0.99, 0.995]))
def test_kupiec_from_binomial_likelihoods(days: int, share: float, confidence: float) -> None:
    exceptions = round(share * days)
    free, model = (stats.binom.logpmf(exceptions, days, p) for p in (exceptions / days, 1 - confidence))
    found = kupiec(exceptions, days, confidence)
    assert found.statistic == pytest.approx(2 * (free - model), rel=1e-7, abs=1e-7)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 1), rel=1e-9, abs=1e-300)


@given(histories, st.sampled_from([0.9, 0.99]))
def test_both_tests_together(hits: np.ndarray, confidence: float) -> None:
    both = conditional_coverage(hits, confidence)
    parts = kupiec(int(hits.sum()), len(hits), confidence).statistic + independence(hits).statistic
    assert both.statistic == pytest.approx(parts)
    assert both.p_value == pytest.approx(stats.chi2.sf(parts, 2), rel=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_independence_by_maximising_likelihoods(seed: int) -> None:
    """The statistic from chances of an exception found numerically, day by day along the history."""
    rng = np.random.default_rng(seed)
    hits = np.zeros(120, dtype=bool)
    for day in range(1, 120):
        hits[day] = rng.random() < (0.4 if hits[day - 1] else 0.1)

    def best(days: list[int]) -> float:
        after = [bool(hits[day]) for day in days]

        def minus(p: float) -> float:
            return -sum(math.log(p if hit else 1 - p) for hit in after)

        return -optimize.minimize_scalar(minus, bounds=(1e-12, 1 - 1e-12), method="bounded").fun if after else 0.0

    every = list(range(1, 120))
    apart = best([d for d in every if hits[d - 1]]) + best([d for d in every if not hits[d - 1]])
    assert independence(hits).statistic == pytest.approx(2 * (apart - best(every)), abs=1e-3)


@given(histories)
def test_transitions_by_walking(hits: np.ndarray) -> None:
    pairs = [(bool(a), bool(b)) for a, b in pairwise(hits)]
    wanted = [pairs.count(pair) for pair in ((False, False), (False, True), (True, False), (True, True))]
    assert list(transitions(hits)) == wanted


@given(st.integers(1, 600), st.floats(0, 1), st.sampled_from([0.9, 0.95, 0.99]))
def test_zone_probability_is_binomial(days: int, share: float, confidence: float) -> None:
    exceptions = round(share * days)
    wanted = stats.binom.cdf(exceptions, days, 1 - confidence)
    assert traffic_light(exceptions, days, confidence).probability == pytest.approx(wanted, rel=1e-9)


def test_kupiec_rejects_a_correct_model_as_often_as_it_says() -> None:
    """Its exact size, from all numbers of exceptions, is near 5 % at 1000 days."""
    for confidence in (0.95, 0.975, 0.99):
        counts = np.arange(1001)
        rejected = np.array([kupiec(int(n), 1000, confidence).p_value < 0.05 for n in counts])
        assert stats.binom.pmf(counts, 1000, 1 - confidence)[rejected].sum() == pytest.approx(0.05, abs=0.02)


# --- degenerate --------------------------------------------------------------------------------------------


@given(histories, st.sampled_from([0.9, 0.99]))
def test_every_history_has_finite_statistics(hits: np.ndarray, confidence: float) -> None:
    ratios = (
        kupiec(int(hits.sum()), len(hits), confidence),
        independence(hits),
        conditional_coverage(hits, confidence),
    )
    for ratio in ratios:
        assert 0 <= ratio.statistic < math.inf
        assert 0 <= ratio.p_value <= 1
    assert 0 < traffic_light(int(hits.sum()), len(hits), confidence).probability <= 1


@pytest.mark.parametrize("hits", [[], [0] * 250, [1] * 250, [0] * 249 + [1], [1] + [0] * 249, [1], [0]])
def test_nothing_to_cluster_speaks_not_against_independence(hits: list[int]) -> None:
    found = independence(np.array(hits, dtype=bool))
    assert found.statistic == pytest.approx(0.0, abs=0.01)
    assert found.p_value == pytest.approx(1.0, abs=0.1)


def test_no_exception_at_all() -> None:
    """250 calm days at 99 %: -2·250·log 0.99."""
    assert kupiec(0, 250, 0.99).statistic == pytest.approx(-500 * math.log(0.99))
    assert kupiec(250, 250, 0.99).statistic == pytest.approx(-500 * math.log(0.01))


@pytest.mark.parametrize(("exceptions", "days"), [(0, 0), (-1, 10), (11, 10)])
def test_no_backtest_without_days(exceptions: int, days: int) -> None:
    with pytest.raises(Refused, match="no backtest"):
        kupiec(exceptions, days, 0.99)


# --- rolling estimates ---------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(20, 60))
def test_rolling_estimates_one_by_one(seed: int, window: int) -> None:
    losses = np.random.default_rng(seed).standard_t(4, size=150)
    z = stats.norm.ppf(0.95)
    pasts = [losses[day - window : day] for day in range(window, 150)]
    assert rolling_value_at_risk(losses, window, 0.95) == pytest.approx([z * np.std(p, ddof=1) for p in pasts])
    raw = rolling_value_at_risk(losses, window, 0.95, zero_mean=True)
    assert raw == pytest.approx([z * math.sqrt(np.mean(p**2)) for p in pasts])
    ordered = rolling_value_at_risk(losses, window, 0.95, empirical=True)
    assert list(ordered) == [np.quantile(p, 0.95, method="inverted_cdf") for p in pasts]


@given(st.integers(0, 2**32 - 1), st.integers(61, 299), st.booleans())
def test_no_estimate_looks_ahead(seed: int, day: int, empirical: bool) -> None:
    """A change of one day's loss changes no estimate for that day or before."""
    losses = np.random.default_rng(seed).normal(size=300)
    changed = losses.copy()
    changed[day] += 50.0
    before, after = (rolling_value_at_risk(x, 60, 0.95, empirical=empirical) for x in (losses, changed))
    assert (before[: day - 60 + 1] == after[: day - 60 + 1]).all()
    if day < 299 and not empirical:
        assert after[day - 60 + 1] > before[day - 60 + 1]


def test_a_long_history_in_parts() -> None:
    losses = np.random.default_rng(1).normal(size=9000)
    whole = rolling_value_at_risk(losses, 250, 0.99)
    assert len(whole) == 8750
    assert whole[[0, 4095, 4096, 8749]] == pytest.approx(
        [stats.norm.ppf(0.99) * losses[s : s + 250].std(ddof=1) for s in (0, 4095, 4096, 8749)]
    )
    exceptions = losses[250:] > whole
    assert kupiec(int(exceptions.sum()), 8750, 0.99).p_value > 0.001


@pytest.mark.parametrize(
    ("window", "empirical", "message"),
    [(100, False, "leaves none of 100"), (1, False, "too short"), (50, True, "too short")],
)
def test_windows_that_do_not_fit(window: int, empirical: bool, message: str) -> None:
    with pytest.raises(Refused, match=message):
        rolling_value_at_risk(np.ones(100), window, 0.99, empirical=empirical)


# --- real yields -------------------------------------------------------------------------------------------


def treasury_losses() -> np.ndarray:
    """Return monthly losses of a ladder of par Treasuries: minus duration times the change of yield, June 1976 on.

    Durations 1.9, 4.5 and 8.2 years stand for par bonds of 2, 5 and 10 years; one period is a month.
    """
    lines = DATA.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# source")
    yields = np.array([[float(row[k]) for k in ("gs2", "gs5", "gs10")] for row in csv.DictReader(lines[1:])]) / 100
    return np.asarray(np.diff(yields, axis=0) @ np.array([40 * 1.9, 35 * 4.5, 25 * 8.2]))


def test_treasury_ladder_over_46_years() -> None:
    """Real yields, exceptions counted here by a loop, likelihoods by scipy.

    A normal model on five years of months has about as many exceptions as it should, but they come in clusters: the
    volatility of rates is not constant.
    """
    losses = treasury_losses()
    assert len(losses) == 555
    z, hits = stats.norm.ppf(0.95), []
    for month in range(60, 555):
        past = losses[month - 60 : month]
        hits.append(bool(losses[month] > z * math.sqrt(((past - past.mean()) ** 2).sum() / 59)))
    exceeded = losses[60:] > rolling_value_at_risk(losses, 60, 0.95)
    assert exceeded.tolist() == hits
    n, x = len(hits), sum(hits)
    wanted = 2 * (stats.binom.logpmf(x, n, x / n) - stats.binom.logpmf(x, n, 0.05))
    assert kupiec(x, n, 0.95).statistic == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    table = np.zeros((2, 2))
    for before, after in pairwise(hits):
        table[int(before), int(after)] += 1
    g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")  # the same statistic as a G-test
    assert independence(exceeded).statistic == pytest.approx(g.statistic, rel=1e-9)
    assert (n, x) == (495, 21)
    assert kupiec(x, n, 0.95).p_value > 0.4
    assert independence(exceeded).p_value < 0.001
