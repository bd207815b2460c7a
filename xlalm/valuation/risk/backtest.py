"""Backtests of value at risk: how often losses exceeded it, and whether the exceptions came in clusters.

References
----------
Kupiec, P. (1995). Techniques for verifying the accuracy of risk measurement models. Journal of Derivatives 3(2), 73-84.
Christoffersen, P. (1998). Evaluating interval forecasts. International Economic Review 39, 841-862.
Basel Committee on Banking Supervision (1996). Supervisory framework for the use of "backtesting" in conjunction with
    the internal models approach to market risk capital requirements (bcbs22), Table 2; now MAR99.
"""

import math
from typing import Literal

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Bool1D, Float1D
from xlalm.valuation.risk.value_at_risk import check_confidence, empirical_rank, normal_quantile

TRAFFIC_LIGHT_DAYS = 250
"""Days that the Committee's zones are made for."""

SIGNIFICANCE = 0.05
"""p-value below which a test rejects the model."""

YELLOW_FROM, RED_FROM = 0.95, 0.9999
"""Chance of at most so many exceptions in a correct model from which a zone begins (bcbs22, Table 2)."""

_CHUNK = 4096


@attrs.frozen
class LikelihoodRatio:
    """A likelihood ratio: ``statistic`` is chi-square with ``degrees`` degrees of freedom if the model is right."""

    statistic: float
    degrees: Literal[1, 2]

    @property
    def p_value(self) -> float:
        """Chance of a statistic at least as large from a correct model."""
        half = self.statistic / 2
        return math.erfc(math.sqrt(half)) if self.degrees == 1 else math.exp(-half)


@attrs.frozen
class TrafficLight:
    """Zone of the Basel Committee, and the chance of at most so many exceptions in a correct model."""

    zone: Literal["green", "yellow", "red"]
    probability: float


def rolling_value_at_risk(
    losses: Float1D, window: int, confidence: float, *, empirical: bool = False, zero_mean: bool = False
) -> Float1D:
    """Return the one-day value at risk of each day from day ``window`` on, estimated from the ``window`` days before.

    Parameters
    ----------
    losses : (n_days,) losses of a fixed portfolio, oldest first.
    empirical : order statistic of the window (historical simulation); otherwise the normal quantile times its
        standard deviation, which is the variance-covariance method with covariances estimated from the window.
    zero_mean : see ``sample_covariance``.

    Returns
    -------
    (n_days - window,) value at risk for day ``window``, ``window`` + 1, …

    Raises
    ------
    Refused
        The history is not longer than the window, or the window holds too few days.
    """
    check_confidence(confidence)
    if len(losses) <= window:
        text = f"a window of {window} days leaves none of {len(losses)} days to test"
        cure = "shorten it or add more history"
        raise Refused(None, text, cure)
    if window < 2 or (empirical and window * (1 - confidence) < 1 - 1e-9):
        text = f"a window of {window} days is too short for a confidence of {confidence:.4g}"
        cure = "lengthen it"
        raise Refused(None, text, cure)
    windows = np.lib.stride_tricks.sliding_window_view(losses, window)[:-1]
    found = np.empty(len(windows))
    rank, multiple = empirical_rank(window, confidence), normal_quantile(confidence)
    for start in range(0, len(windows), _CHUNK):
        part = windows[start : start + _CHUNK]
        if empirical:
            estimate = np.partition(part, rank - 1, axis=1)[:, rank - 1]
        elif zero_mean:
            estimate = multiple * np.sqrt((part**2).mean(axis=1))
        else:
            estimate = multiple * part.std(axis=1, ddof=1)
        found[start : start + _CHUNK] = estimate
    return found


def kupiec(exceptions: int, days: int, confidence: float) -> LikelihoodRatio:
    """Test whether exceptions are as frequent as the confidence says (proportion of failures; unconditional coverage).

    Parameters
    ----------
    exceptions : days on which the loss exceeded the value at risk, 0 to ``days``.
    days : days tested.

    Raises
    ------
    Refused
        No day was tested, or the confidence is outside its range.
    """
    check_confidence(confidence)
    if not 0 <= exceptions <= days or days < 1:
        text = f"{exceptions} exceptions in {days} days are no backtest"
        cure = "give at least one day"
        raise Refused(None, text, cure)
    calm = days - exceptions
    expected = _log_likelihood(calm, exceptions, 1 - confidence)
    return _ratio(expected, _log_likelihood(calm, exceptions, exceptions / days), 1)


def transitions(exceptions: Bool1D) -> tuple[int, int, int, int]:
    """Count pairs of successive days: calm-calm, calm-exception, exception-calm, exception-exception."""
    before, after = exceptions[:-1], exceptions[1:]
    return (
        int((~before & ~after).sum()),
        int((~before & after).sum()),
        int((before & ~after).sum()),
        int((before & after).sum()),
    )


def independence(exceptions: Bool1D) -> LikelihoodRatio:
    """Test whether an exception is as likely after an exception as after a calm day (Christoffersen).

    Without exceptions, or with exceptions only, nothing speaks against independence: the statistic is 0.

    Parameters
    ----------
    exceptions : (n_days,) whether the loss of each day exceeded the value at risk, oldest first.
    """
    return independence_of(*transitions(exceptions))


def independence_of(calm_calm: int, calm_hit: int, hit_calm: int, hit_hit: int) -> LikelihoodRatio:
    """Return ``independence`` from the counts that ``transitions`` gives."""
    calm, hits = calm_calm + hit_calm, calm_hit + hit_hit
    after_calm, after_hit = calm_calm + calm_hit, hit_calm + hit_hit
    if not (after_calm and after_hit and hits and calm):
        return LikelihoodRatio(0.0, 1)
    together = _log_likelihood(calm, hits, hits / (calm + hits))
    apart = _log_likelihood(calm_calm, calm_hit, calm_hit / after_calm)
    apart += _log_likelihood(hit_calm, hit_hit, hit_hit / after_hit)
    return _ratio(together, apart, 1)


def conditional_coverage(exceptions: Bool1D, confidence: float) -> LikelihoodRatio:
    """Test frequency and independence together: the sum of the two statistics (Christoffersen).

    The frequency counts every day, the independence every pair of successive days.
    """
    frequency = kupiec(int(exceptions.sum()), len(exceptions), confidence)
    return LikelihoodRatio(frequency.statistic + independence(exceptions).statistic, 2)


def traffic_light(exceptions: int, days: int, confidence: float) -> TrafficLight:
    """Return the zone of the Basel Committee: for 250 days at 99 % yellow from 5 exceptions on, red from 10 on.

    For other days and confidences the zones begin where the same chances are reached.
    """
    check_confidence(confidence)
    probability = _binomial(exceptions, days, 1 - confidence)
    return TrafficLight(
        "red" if probability >= RED_FROM else "yellow" if probability >= YELLOW_FROM else "green", probability
    )


def _log_likelihood(calm: int, hits: int, chance: float) -> float:
    """Return calm·log(1 - p) + hits·log p with 0·log 0 = 0."""
    return (calm * math.log1p(-chance) if calm else 0.0) + (hits * math.log(chance) if hits else 0.0)


def _ratio(restricted: float, free: float, degrees: Literal[1, 2]) -> LikelihoodRatio:
    return LikelihoodRatio(max(2 * (free - restricted), 0.0), degrees)  # rounding must not make it negative


def _binomial(most: int, days: int, chance: float) -> float:
    """Return the chance of at most ``most`` hits in ``days`` trials."""
    logs = (
        math.lgamma(days + 1) - math.lgamma(k + 1) - math.lgamma(days - k + 1) + _log_likelihood(days - k, k, chance)
        for k in range(most + 1)
    )
    return min(math.fsum(math.exp(log) for log in logs), 1.0)
