"""Value at risk and expected shortfall of a portfolio of signed amounts, by three methods, and who contributes what.

Losses are positive. Amounts are in the book's unit, changes relative per day, so risks are in the book's unit over the
holding period. Value at risk is the quantile of the loss, not of its distance from the mean: the normal methods take
the mean as 0, which over days is smaller than its own error of estimation.

References
----------
Jorion, P. (2007). Value at Risk, 3rd ed., ch. 5, 7 and 10. McGraw-Hill.
Acerbi, C., Tasche, D. (2002). On the coherence of expected shortfall. Journal of Banking & Finance 26, 1487-1503.
Manistre, B., Hancock, G. (2005). Variance of the CTE estimator. North American Actuarial Journal 9, 129-156.
"""

import math
from statistics import NormalDist

import attrs
import numpy as np
from numpy.typing import NDArray

from xlalm.domain.errors import Refused
from xlalm.domain.methods import VAR_METHODS
from xlalm.domain.typing import Float1D

Float2D = NDArray[np.float64]

DRAWS = 100_000
"""Simulated losses, where nothing else is asked for."""

ROUNDING = 1e-8
"""Negative eigenvalues above this share of the largest one are rounding of the covariances."""

_CHUNK = 8192
_NORMAL = NormalDist()


@attrs.frozen
class Risk:
    """Risk of one portfolio in the unit of its amounts; a negative figure is a gain.

    ``scenarios`` is the number of losses that the figures are quantiles of, 0 for the closed form. The errors are
    standard errors of simulation, NaN elsewhere.
    """

    value_at_risk: float
    expected_shortfall: float
    scenarios: int = 0
    value_at_risk_error: float = math.nan
    expected_shortfall_error: float = math.nan


@attrs.frozen(eq=False)
class Contributions:
    """What each position adds to the value at risk; every array has shape (n,), in the unit of the amounts.

    Attributes
    ----------
    individual : value at risk of the position alone.
    marginal : change of the portfolio's value at risk per unit of amount.
    component : amount times marginal; the components sum to the value at risk (Euler).
    incremental : value at risk with the position less without it.
    shortfall : the same split of the expected shortfall; sums to it.
    """

    individual: Float1D
    marginal: Float1D
    component: Float1D
    incremental: Float1D
    shortfall: Float1D


MOST_DAYS = 2500
"""Longest holding period, about ten years: positions are not held unchanged for longer."""


def check_confidence(confidence: float) -> None:
    """Raise Refused unless a confidence lies above 50 % and below 100 %."""
    if not 0.5 < confidence < 1:
        wanted = f"{confidence:g}%" if 50 < confidence < 100 else "one above 50% and below 100%, such as 99%"
        text = f"the confidence is {confidence:g}"
        cure = f"enter {wanted}"
        raise Refused(None, text, cure)


def check_days(days: float) -> None:
    """Raise Refused unless a holding period is a number of days above 0 and up to ten years."""
    if not 0 < days <= MOST_DAYS:
        text = f"the holding period is {days:g} days"
        cure = f"enter a number above 0 and up to {MOST_DAYS:,}, such as 10"
        raise Refused(None, text, cure)


def empirical_rank(scenarios: int, confidence: float) -> int:
    """Return ⌈nc⌉, 1-based from the smallest loss; 0.99 · 100 is 99 although its product is not."""
    return min(max(math.ceil(scenarios * confidence - 1e-12 * scenarios), 1), scenarios)


def normal_quantile(confidence: float) -> float:
    """Return the normal quantile z of a confidence."""
    return _NORMAL.inv_cdf(confidence)


def sample_covariance(returns: Float2D, *, zero_mean: bool = False) -> Float2D:
    """Return the covariances of columns of changes.

    Parameters
    ----------
    returns : (n_days, n) relative changes per day.
    zero_mean : take the mean as 0 and divide by n_days (RiskMetrics); otherwise subtract the sample mean and divide
        by n_days - 1.

    Returns
    -------
    (n, n) covariances per day.

    Raises
    ------
    Refused
        Fewer than two days.
    """
    days = len(returns)
    if days < 2:
        text = f"covariances need at least 2 days of changes, not {days}"
        cure = "add more history"
        raise Refused(None, text, cure)
    centred = returns if zero_mean else returns - returns.mean(axis=0)
    return np.asarray(centred.T @ centred / (days if zero_mean else days - 1))


def volatility(amounts: Float1D, covariance: Float2D) -> float:
    """Return the standard deviation √(w'Σw) of a day's loss."""
    return math.sqrt(max(float(amounts @ covariance @ amounts), 0.0))


def covariance_risk(amounts: Float1D, covariance: Float2D, confidence: float, days: float = 1.0) -> Risk:
    """Return value at risk z·√(w'Σw)·√h and expected shortfall φ(z)/(1 - c)·√(w'Σw)·√h of normal changes.

    Parameters
    ----------
    amounts : (n,) signed amounts w.
    covariance : (n, n) covariances Σ per day.
    confidence : c, above 0.5 and below 1; z is its normal quantile.
    days : holding period h.

    Raises
    ------
    Refused
        A confidence or holding period outside its range.
    """
    check_confidence(confidence)
    check_days(days)
    deviation = volatility(amounts, covariance) * math.sqrt(days)
    quantile = normal_quantile(confidence)
    return Risk(quantile * deviation, _NORMAL.pdf(quantile) / (1 - confidence) * deviation)


def monte_carlo_risk(
    amounts: Float1D, covariance: Float2D, confidence: float, days: float = 1.0, *, seed: int = 1, draws: int = DRAWS
) -> Risk:
    """Return the empirical risk of simulated normal losses with covariance hΣ.

    The same seed gives the same bits: numpy's PCG64, a factor of Σ by eigenvalues, and sums in a fixed order. The error
    of the quantile is half the distance between the order statistics one standard deviation of the binomial count to
    either side, which supposes nothing about the distribution; that of the shortfall is Manistre and Hancock's.

    Raises
    ------
    Refused
        Σ is not positive semidefinite, or the draws are too few to see the tail.
    """
    check_days(days)
    _check_scenarios(draws, confidence, "draws")
    weights = math.sqrt(days) * (_factor(covariance) @ amounts)
    generator = np.random.default_rng(seed)
    losses = np.empty(draws)
    for start in range(0, draws, _CHUNK):
        part = losses[start : start + _CHUNK]
        normals = generator.standard_normal((len(part), len(weights)))
        np.einsum("ij,j->i", normals, weights, out=part)
    losses.sort()
    risk = _tail(losses, confidence)
    rank, tail = empirical_rank(draws, confidence), draws * (1 - confidence)
    spread = math.sqrt(draws * confidence * (1 - confidence))
    low, high = max(math.floor(rank - spread), 1), min(math.ceil(rank + spread), draws)
    beyond = losses[rank:]
    excess = risk.expected_shortfall - risk.value_at_risk
    variance = float(beyond.var()) if len(beyond) else 0.0
    return attrs.evolve(
        risk,
        value_at_risk_error=float(losses[high - 1] - losses[low - 1]) / 2,
        expected_shortfall_error=math.sqrt((variance + confidence * excess**2) / tail),
    )


def scenario_changes(returns: Float2D, days: float, *, overlapping: bool = True) -> Float2D:
    """Return changes over the holding period.

    Parameters
    ----------
    returns : (n_days, n) relative changes per day, oldest first.
    days : holding period h.
    overlapping : sums of h successive days, every window, shape (n_days - h + 1, n); otherwise each day's change
        times √h, which takes days as independent and gives the tail of a day the length of h.

    Raises
    ------
    Refused
        The holding period is no whole number of days or longer than the history.
    """
    check_days(days)
    if not overlapping:
        return returns * math.sqrt(days)
    if days != int(days):
        text = f"overlapping windows need whole days, not {days:g}"
        cure = "enter a whole number of days"
        raise Refused(None, text, cure)
    if days > len(returns):
        text = f"a history of {len(returns)} days holds no window of {days:g} days"
        cure = "shorten the holding period or add more history"
        raise Refused(None, text, cure)
    if days == 1:
        return returns
    return np.asarray(np.lib.stride_tricks.sliding_window_view(returns, int(days), axis=0).sum(axis=-1))


def historical_risk(amounts: Float1D, changes: Float2D, confidence: float) -> Risk:
    """Return the empirical risk of today's amounts under past changes over the holding period.

    Value at risk is the smallest loss that at least the share c of scenarios does not exceed (the lower empirical
    quantile, order statistic ⌈nc⌉); expected shortfall is Acerbi and Tasche's mean of the worst share 1 - c, the order
    statistic at the edge counting with what is left of that share.

    Parameters
    ----------
    changes : (n_scenarios, n), see ``scenario_changes``.

    Raises
    ------
    Refused
        Too few scenarios: none would lie beyond the quantile.
    """
    _check_scenarios(len(changes), confidence, "scenarios")
    return _tail(np.sort(-(changes @ amounts)), confidence)


def normal_contributions(amounts: Float1D, covariance: Float2D, risk: Risk) -> Contributions:
    """Split a risk of normal losses, found in closed form or by simulation.

    Under normality a position's mean loss where the portfolio loses L is its share w(Σw)/w'Σw of L, so a simulated
    value at risk is split in these shares too, and the risk of any other portfolio of the same positions is this one
    times the ratio of volatilities.
    """
    sigma = volatility(amounts, covariance)
    if sigma == 0:
        nothing = np.zeros(len(amounts))
        return Contributions(nothing, nothing, nothing, nothing, nothing)
    multiple = risk.value_at_risk / sigma
    slope = covariance @ amounts / sigma
    variances = np.diagonal(covariance)
    without = sigma**2 - 2 * amounts * slope * sigma + amounts**2 * variances
    return Contributions(
        individual=multiple * np.abs(amounts) * np.sqrt(variances),
        marginal=multiple * slope,
        component=multiple * amounts * slope,
        incremental=risk.value_at_risk - multiple * np.sqrt(np.maximum(without, 0.0)),
        shortfall=risk.expected_shortfall / sigma * amounts * slope,
    )


def historical_contributions(amounts: Float1D, changes: Float2D, confidence: float) -> Contributions:
    """Split the historical risk by what each position loses in the scenario that is the value at risk, and in the tail.

    One scenario decides the component value at risk, so it is noisy; the split of the shortfall averages the tail.
    """
    _check_scenarios(len(changes), confidence, "scenarios")
    losses = -changes * amounts
    total = -(changes @ amounts)
    order = np.argsort(total, kind="stable")
    rank = empirical_rank(len(total), confidence)
    value = float(total[order[rank - 1]])
    tail = len(total) * (1 - confidence)
    weights = np.zeros(len(total))
    weights[order[rank:]] = 1 / tail
    weights[order[rank - 1]] = 1 - (len(total) - rank) / tail

    def quantiles(of: Float2D) -> Float1D:
        return np.asarray(np.partition(of, rank - 1, axis=0)[rank - 1])

    return Contributions(
        individual=quantiles(losses),
        marginal=-changes[order[rank - 1]],
        component=losses[order[rank - 1]],
        incremental=value - quantiles(total[:, None] - losses),
        shortfall=weights @ losses,
    )


def value_at_risk(
    amounts: Float1D,
    data: Float2D,
    confidence: float = 0.99,
    days: float = 10.0,
    method: str = "covariance",
    *,
    seed: int = 1,
) -> float:
    """Return the value at risk of amounts, as the spreadsheet formula ``ALM_VAR`` asks for it.

    Parameters
    ----------
    amounts : (n,) signed amounts.
    data : (n, n) symmetric covariances per day, or (n_days, n) changes per day, oldest first; a square that is not
        symmetric is taken for changes.
    method : covariance, monte_carlo or historical (overlapping windows; needs changes).

    Raises
    ------
    Refused
        Data that do not fit the amounts or the method; the message says how to cure it.
    """
    if method not in VAR_METHODS:
        text = f'there is no method "{method}"'
        cure = f"choose one of {', '.join(VAR_METHODS)}"
        raise Refused(None, text, cure)
    if data.ndim != 2 or data.shape[1] != len(amounts):
        text = f"{len(amounts)} amounts do not fit data with {data.shape[-1]} columns"
        cure = "give one column per amount"
        raise Refused(None, text, cure)
    if not (np.isfinite(amounts).all() and np.isfinite(data).all()):
        text = "a value is missing or not a number"
        cure = "fill every cell of both ranges"
        raise Refused(None, text, cure)
    is_covariance = len(data) == len(amounts) and bool(np.allclose(data, data.T, rtol=1e-9, atol=0.0))
    if method == "historical":
        if is_covariance:
            text = "historical simulation needs changes by day, not covariances"
            cure = "give one row per day"
            raise Refused(None, text, cure)
        return historical_risk(amounts, scenario_changes(data, days), confidence).value_at_risk
    covariance = data if is_covariance else sample_covariance(data)
    _factor(covariance)  # refuses what cannot be covariances
    if method == "monte_carlo":
        return monte_carlo_risk(amounts, covariance, confidence, days, seed=seed).value_at_risk
    return covariance_risk(amounts, covariance, confidence, days).value_at_risk


def _check_scenarios(scenarios: int, confidence: float, what: str) -> None:
    check_confidence(confidence)
    if scenarios * (1 - confidence) < 1 - 1e-9:
        needed = math.ceil(1 / (1 - confidence) - 1e-9)
        text = f"{scenarios} {what} are too few for a confidence of {confidence:.4g}"
        cure = f"give at least {needed} or lower the confidence"
        raise Refused(None, text, cure)


def _tail(losses: Float1D, confidence: float) -> Risk:
    """Return quantile and mean tail of losses sorted upwards."""
    rank, tail = empirical_rank(len(losses), confidence), len(losses) * (1 - confidence)
    value = float(losses[rank - 1])
    beyond = losses[rank:]
    shortfall = (float(beyond.sum()) + (tail - len(beyond)) * value) / tail
    return Risk(value, shortfall, len(losses))


def _factor(covariance: Float2D) -> Float2D:
    """Return F (rank, n) with F'F = Σ."""
    values, vectors = np.linalg.eigh(covariance)
    largest = float(values.max(initial=0.0))
    if float(values.min(initial=0.0)) < -ROUNDING * largest:
        text = "these cannot be covariances: some mix of positions would have a negative variance"
        cure = "check that each is at most the product of the two volatilities"
        raise Refused(None, text, cure)
    kept = values > ROUNDING**2 * largest
    return np.asarray((vectors[:, kept] * np.sqrt(values[kept])).T)
