"""Bonds against published figures, and price, duration and convexity against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlalm.domain.errors import Refused
from xlalm.valuation.bond import FREQUENCIES, Bond

# Paper 001, Tables 3 and 4: monthly par bullets, duration in months and convexity in months squared. The figures are
# those of the convention; what is printed wrong (X43 11.23 and 150.462, Y33 12.00, Y42 578.82) is marked in `printed`.
PAPER_001 = [
    # item, months, rate per month, duration, convexity, printed duration, printed convexity
    ("X31", 1, 0.0048, 1.0, 2.0, "1", "2"),
    ("X32", 12, 0.0052, 11.664394857003595, 150.19536512963, "11.66", "150.19"),
    ("X42", 6, 0.0047, 5.930265943395888, 41.34965656749491, "5.93", "41.35"),
    ("X43", 12, 0.00495, 11.680188085740674, 150.46795517498447, None, None),
    ("Y32", 3, 0.001605, 2.9951952834671403, 11.974376557008632, "3.00", "11.97"),
    ("Y33", 12, 0.001875, 11.877248907292525, 153.87397270163365, None, "153.87"),
    ("Y41", 12, 0.00195, 11.8723801359058, 153.78971523180647, "11.87", "153.79"),
    ("Y42", 24, 0.00235, 23.363910166132296, 578.8424582064421, "23.36", None),
]
# Paper 004, Table 2: Dur(y) = 1/(y(1+y)^10) − 1/y, the negative modified duration of a ten-year par bond.
PAPER_004 = [
    (0.005, -9.730411860786244),
    (0.01, -9.471304530701671),
    (0.02, -8.982585006242235),
    (0.05, -7.721734929184812),
    (0.12, -5.650223028410865),
]


@pytest.mark.parametrize(("item", "months", "rate", "duration", "convexity", "d_printed", "c_printed"), PAPER_001)
def test_paper_001(item, months, rate, duration, convexity, d_printed, c_printed):
    bond, yld = Bond(months / 12, 12 * rate, 12), 12 * rate
    d, c = 12 * bond.duration(yld), 144 * bond.convexity(yld, "macaulay")
    assert d == pytest.approx(duration, abs=1e-9)
    assert c == pytest.approx(convexity, abs=1e-8)
    for value, printed in ((d, d_printed), (c, c_printed)):
        if printed is not None:  # rounded or cut off to the digits printed
            digits = len(printed.partition(".")[2])
            assert abs(value - float(printed)) < 10.0**-digits, item


@pytest.mark.parametrize(("yld", "published"), PAPER_004)
def test_paper_004(yld, published):
    assert -Bond(10, yld).duration(yld, "modified") == pytest.approx(published, abs=1e-9)


def test_a_par_bond_without_yield_has_its_life_as_duration():
    assert Bond(10, 0.0).duration(0.0) == 10.0


def test_excels_documented_examples():
    """Microsoft's pages of PRICE, DURATION and MDURATION; 9.75 years are from 15 February 2008 to 15 November 2017."""
    assert Bond(9.75, 0.0575, 2).price(0.065) == pytest.approx(94.63436162, abs=5e-9)
    assert Bond(29.5, 0.08, 2).duration(0.09) == pytest.approx(10.9191453, abs=5e-8)
    assert Bond(8, 0.08, 2).duration(0.09, "modified") == pytest.approx(5.73567, abs=5e-6)


bonds = st.builds(
    Bond,
    years=st.floats(0.1, 40),
    coupon=st.floats(0, 0.2),
    frequency=st.sampled_from(FREQUENCIES),
    redemption=st.floats(50, 150),
)
yields = st.floats(-0.02, 0.3)


@given(bonds, yields)
def test_duration_and_convexity_are_derivatives_of_the_price(bond, yld):
    """Central differences of the dirty price, independently of the sums."""

    def dirty(y: float) -> float:
        return bond.price(y) + bond.accrued

    step = 1e-4
    up, down, here = dirty(yld + step), dirty(yld - step), dirty(yld)
    slope = -(up - down) / (2 * step) / here
    bend = (up - 2 * here + down) / step**2 / here
    assert bond.duration(yld, "modified") == pytest.approx(slope, rel=1e-4, abs=1e-6)
    assert bond.convexity(yld) == pytest.approx(bend, rel=1e-3, abs=1e-3)


@given(bonds)
def test_a_bond_at_its_coupon_is_worth_par_on_a_coupon_date(bond):
    whole = Bond(float(max(1, round(bond.years))), bond.coupon, bond.frequency)
    assert whole.price(bond.coupon) == pytest.approx(100, rel=1e-9)


@pytest.mark.parametrize(
    "given_",
    [
        (0, 0.05),
        (-1, 0.05),
        (5, -0.1),
        (5, 0.05, 5),
        (5, 0.05, 1, -1),
        (1e6, 0.05),
        (float("nan"), 0.05),
        (5, 0.0, 1, 0.0),
    ],
)
def test_what_is_no_bond_is_refused(given_):
    with pytest.raises(Refused, match="enter"):
        Bond(*given_)


def test_a_yield_that_discounts_nothing_is_refused():
    with pytest.raises(Refused, match="yield"):
        Bond(5, 0.05).price(-1.0)
