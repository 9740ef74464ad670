"""Sample sizes, z tests, corrections and intervals, against published figures and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, norm

from copilot.arithmetic.ab import bonferroni, compare, more_needed, p_value, sample_size, sample_size_for_lift, wilson
from copilot.errors import InputError


@pytest.mark.parametrize(
    ("base", "lift", "expected"),
    [
        (0.01, 0.1, 163092),
        (0.01, 0.2, 42691),
        (0.03, 0.1, 53208),
        (0.05, 0.1, 31231),
        (0.05, 0.2, 8155),
        (0.1, 0.1, 14749),
        (0.1, 0.2, 3839),
    ],
)
def test_sample_sizes(base: float, lift: float, expected: int) -> None:
    """Shows per group at 5 % two-sided and power .8, as published (facts §4.3)."""
    assert sample_size_for_lift(base, lift) == expected


def test_more_comparisons_need_more() -> None:
    """A stricter level, as Bonferroni asks for, and more power both cost shows; the direction of a change does not."""
    assert sample_size(0.02, 0.03, 0.05 / 3) > sample_size(0.02, 0.03) > sample_size(0.02, 0.03, power=0.5)
    assert sample_size(0.02, 0.03) == sample_size(0.03, 0.02)


@pytest.mark.parametrize("shares", [(0.0, 0.1), (0.1, 1.0), (-0.1, 0.2), (0.1, 0.1)])
def test_impossible_shares(shares: tuple[float, float]) -> None:
    """Shares outside 0…1, or equal ones, have no sample size."""
    with pytest.raises(InputError):
        sample_size(*shares)


@given(st.integers(20, 5000), st.integers(20, 5000), st.data())
def test_z_test_is_the_chi_square_test(n: int, m: int, data: st.DataObject) -> None:
    """The two-proportion z test is the chi-square test of the same table: same statistic, same p."""
    a, b = data.draw(st.integers(1, n - 1)), data.draw(st.integers(1, m - 1))
    found = compare(a, n, b, m)
    statistic, p, _, _ = chi2_contingency([[a, n - a], [b, m - b]], correction=False)
    assert found.z**2 == pytest.approx(statistic, rel=1e-9, abs=1e-9) and found.p == pytest.approx(
        p, rel=1e-6, abs=1e-12
    )
    assert math.copysign(1, found.z) == math.copysign(1, found.difference) or found.z == 0


def test_p_value_keeps_small_values() -> None:
    """Far out the p value is small, not 0."""
    assert p_value(1.959964) == pytest.approx(0.05, abs=1e-6)
    assert p_value(-12) == pytest.approx(2 * norm.sf(12), rel=1e-9)


def test_nothing_happened() -> None:
    """Without a hit, or with hits only, nothing differs and nothing can be told."""
    assert compare(0, 100, 0, 50) == (0.0, 0.0, 1.0, False)
    assert compare(100, 100, 50, 50) == (0.0, 0.0, 1.0, False)


def test_few_hits_are_not_enough() -> None:
    """With fewer than five expected clicks in a group the test says so, whatever its p."""
    assert not compare(1, 1000, 8, 1000).enough and compare(1, 1000, 9, 1000).enough


@pytest.mark.parametrize("counts", [(5, 4, 1, 10), (-1, 10, 1, 10), (1, 10, 0, 0)])
def test_impossible_counts(counts: tuple[int, int, int, int]) -> None:
    """More clicks than shows, negative counts, no shows."""
    with pytest.raises(InputError, match="次数不对"):
        compare(*counts)


def test_bonferroni() -> None:
    """A p value times the number of comparisons, 1 at most."""
    assert (bonferroni(0.01, 3), bonferroni(0.4, 3)) == (0.03, 1.0)
    with pytest.raises(InputError):
        bonferroni(0.01, 0)


def test_wilson_against_a_published_figure() -> None:
    """81 of 263: .2553 to .3662 (Newcombe 1998, method 3)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@given(st.integers(0, 10**9), st.data())
def test_wilson_holds_its_share(trials: int, data: st.DataObject) -> None:
    """The interval lies in 0…1 around the share seen."""
    hits = data.draw(st.integers(0, trials))
    low, high = wilson(hits, trials)
    assert 0 <= low <= (hits / trials if trials else 0.5) <= high <= 1


@pytest.mark.parametrize(
    "counts", [(40, 1000, 30, 1000), (400, 10000, 12, 400), (12, 400, 400, 10000), (30, 3000, 900, 80000)]
)
def test_what_is_still_needed_is_enough(counts: tuple[int, int, int, int]) -> None:
    """With as many more shows, and the shares as they are, the test has the power asked for."""
    a, n, b, m = counts
    more = more_needed(*counts)
    assert more is not None and max(more) > 0
    p, q = a / n, b / m
    error = math.sqrt(p * (1 - p) / (n + more[0]) + q * (1 - q) / (m + more[1]))
    assert norm.cdf(abs(p - q) / error - norm.ppf(0.975)) == pytest.approx(0.8, abs=0.005)


def test_equal_shares_are_never_told_apart() -> None:
    """No number of shows does it."""
    assert more_needed(10, 100, 20, 200) is None


def test_level_holds_under_no_difference() -> None:
    """Of 2,000 pairs without a difference about 5 % come out as different."""
    rng = np.random.default_rng(7)
    hits = zip(rng.binomial(2000, 0.03, 2000).tolist(), rng.binomial(1000, 0.03, 2000).tolist(), strict=True)
    wrong = sum(compare(a, 2000, b, 1000).p < 0.05 for a, b in hits)
    assert 60 < wrong < 140
