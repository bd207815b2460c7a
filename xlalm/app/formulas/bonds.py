"""Price, duration and convexity of a bond."""

from typing import Annotated, Literal, cast, get_args

from xlalm.app.formulas.declared import formula
from xlalm.app.formulas.selection import Rate
from xlalm.domain.errors import Refused
from xlalm.domain.findings import suggest
from xlalm.domain.text import shown
from xlalm.valuation.bond import Bond, DurationKind

Years = Annotated[float, "Years to maturity; what is left over a whole number of coupon periods comes first."]
CouponRate = Annotated[Rate, "Coupon rate per year, such as 5%."]
Yield = Annotated[Rate, "Yield per year, compounded as often as coupons are paid."]
CouponsAYear = Annotated[float, "Coupons a year: 1, 2, 3, 4, 6 or 12; 1 if left out."]


@formula("Bonds")
def ALM_PRICE(
    years: Years, rate: CouponRate, yld: Yield, redemption: float = 100.0, frequency: CouponsAYear = 1.0
) -> float:
    """Clean price per 100 of a level-coupon bond; arguments as in Excel's PRICE, with years for its two dates.

    In the last coupon period the yield is compounded too, where Excel's PRICE takes simple interest.

    Parameters
    ----------
    redemption : optional
        What is paid at maturity per 100 of face value; 100 if left out.

    Returns
    -------
    Price per 100 of face value, without accrued interest.

    Examples
    --------
    =ALM_PRICE(9.75, 5.75%, 6.5%, 100, 2)
    """
    return Bond(years, rate, _whole(frequency), redemption).price(yld)


@formula("Bonds")
def ALM_DURATION(
    years: Years, coupon: CouponRate, yld: Yield, frequency: CouponsAYear = 1.0, kind: str = "macaulay"
) -> float:
    """Duration of a level-coupon bond in years; arguments as in Excel's DURATION, with years for its two dates.

    Parameters
    ----------
    kind : optional
        "macaulay" as Excel's DURATION, the default, or "modified" as its MDURATION; Positions holds the
        modified one.

    Returns
    -------
    Years.

    Examples
    --------
    =ALM_DURATION(8, 8%, 9%, 2, "modified")
    """
    return Bond(years, coupon, _whole(frequency)).duration(yld, _kind(kind))


@formula("Bonds")
def ALM_CONVEXITY(
    years: Years, coupon: CouponRate, yld: Yield, frequency: CouponsAYear = 1.0, kind: str = "modified"
) -> float:
    """Convexity of a level-coupon bond in years squared.

    Parameters
    ----------
    kind : optional
        "modified", the default: second derivative of the price over the price; or "macaulay": the same before
        discounting by one period squared.

    Returns
    -------
    Years squared.

    Examples
    --------
    =ALM_CONVEXITY(8, 8%, 9%, 2)
    """
    return Bond(years, coupon, _whole(frequency)).convexity(yld, _kind(kind))


def _whole(frequency: float) -> int:
    return int(frequency) if float(frequency).is_integer() else cast(Literal[0], frequency)


def _kind(text: str) -> DurationKind:
    word = text.strip().casefold()
    kinds = get_args(DurationKind)
    if word not in kinds:
        text = f'kind "{shown(text)}" is not known{suggest(word, kinds)}'
        cure = f"enter {' or '.join(kinds)}"
        raise Refused(None, text, cure)
    return cast(DurationKind, word)
