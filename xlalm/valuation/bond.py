"""A level-coupon bond: price, duration and convexity from its yield."""

from typing import Literal

import attrs
import numpy as np

from xlalm.domain.errors import Refused
from xlalm.domain.typing import Float1D

DurationKind = Literal["macaulay", "modified"]

FREQUENCIES = (1, 2, 3, 4, 6, 12)
"""Coupons a year that leave whole months between them."""

MAX_YEARS = 200.0


@attrs.frozen
class Bond:
    """A bond with level coupons and its principal at the end.

    ``coupon`` and every yield are per year; a yield is compounded ``frequency`` times a year. ``years`` need not hold
    a whole number of coupon periods: the first coupon then falls after the fraction left over, as with Excel's PRICE
    (whose simple interest in the last coupon period is not followed).
    """

    years: float
    coupon: float
    frequency: int = 1
    redemption: float = 100.0  # per 100 of face value

    def __attrs_post_init__(self) -> None:
        """Refuse what is no bond; raises Refused."""
        if not 0 < self.years <= MAX_YEARS:
            text = f"maturity of {self.years:g} years cannot be used"
            cure = f"enter years above 0 and up to {MAX_YEARS:g}"
            raise Refused(None, text, cure)
        if self.frequency not in FREQUENCIES:
            choices = ", ".join(str(f) for f in FREQUENCIES)
            text = f"frequency {self.frequency:g} cannot be used"
            cure = f"enter the coupons a year: one of {choices}"
            raise Refused(None, text, cure)
        if not 0 <= self.coupon <= 10:
            text = f"coupon {self.coupon:g} cannot be used"
            cure = "enter a rate per year such as 0.05 or 5%"
            raise Refused(None, text, cure)
        if not 0 <= self.redemption <= 1e6:
            text = f"redemption {self.redemption:g} cannot be used"
            cure = "enter the amount paid at the end per 100 of face"
            raise Refused(None, text, cure)
        if self.coupon == self.redemption == 0:
            text = "a bond without coupon and redemption is worth nothing"
            cure = "enter one of them"
            raise Refused(None, text, cure)

    @property
    def periods(self) -> Float1D:
        """Coupon dates in coupon periods from today, shape (n_coupons,); the first may be a fraction."""
        last = self.years * self.frequency
        count = int(np.ceil(last - 1e-9))
        return last - np.arange(count - 1, -1, -1, dtype=np.float64)

    @property
    def flows(self) -> Float1D:
        """Cash flows at ``periods`` per 100 of face value, shape (n_coupons,)."""
        flows = np.full(len(self.periods), 100.0 * self.coupon / self.frequency)
        flows[-1] += self.redemption
        return flows

    @property
    def accrued(self) -> float:
        """Interest earned since the last coupon, per 100 of face value."""
        return 100.0 * self.coupon / self.frequency * (1.0 - float(self.periods[0]))

    def present_values(self, yld: float) -> Float1D:
        """Return the present value of each cash flow; raises Refused for a yield that discounts nothing."""
        growth = 1.0 + yld / self.frequency
        if not 0 < growth <= 11:
            text = f"yield {yld:g} cannot be used"
            cure = "enter a rate per year such as 0.05 or 5%"
            raise Refused(None, text, cure)
        return self.flows * growth**-self.periods

    def price(self, yld: float) -> float:
        """Return the clean price per 100 of face value: present value less accrued interest."""
        return float(self.present_values(yld).sum()) - self.accrued

    def duration(self, yld: float, kind: DurationKind = "macaulay") -> float:
        """Return the duration in years: Σ t·PV / Σ PV, for the modified one over 1 + yield / frequency.

        The weights are present values of the whole flows, so accrued interest counts (dirty price).
        """
        values = self.present_values(yld)
        macaulay = float(self.periods @ values) / float(values.sum()) / self.frequency
        return macaulay if kind == "macaulay" else macaulay / (1.0 + yld / self.frequency)

    def convexity(self, yld: float, kind: DurationKind = "modified") -> float:
        """Return the convexity in years squared.

        ``modified``: (d²P/dy²) / P, which goes with the modified duration. ``macaulay``: the same before it is divided
        by (1 + yield / frequency)², that is Σ t·(t + 1/frequency)·PV / Σ PV.
        """
        values, t = self.present_values(yld), self.periods
        macaulay = float((t * (t + 1.0)) @ values) / float(values.sum()) / self.frequency**2
        return macaulay if kind == "macaulay" else macaulay / (1.0 + yld / self.frequency) ** 2
