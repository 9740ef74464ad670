"""Is one share better than another, or was it luck? Two-sided z tests of proportions, sample sizes, intervals.

Formulas: facts §4.3. Every trial counts as independent of the others; shows to the same person are not quite.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

from copilot.errors import InputError

ALPHA = 0.05  # two-sided
POWER = 0.8
LEAST = 5  # expected hits and misses in each group from which the normal curve may stand for the counts (Cochran 1954)
_Z = NormalDist().inv_cdf


class Difference(NamedTuple):
    """The second share less the first: `z`, its two-sided `p`, and whether there was enough to say so at all."""

    difference: float
    z: float
    p: float
    enough: bool


def sample_size(base: float, other: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Return the trials each group needs to tell the shares `base` and `other` (0…1) apart.

    :raises InputError: a share, `alpha` or `power` is not between 0 and 1, or the shares are equal
    """
    _check_shares(base, other)
    if base == other:
        raise InputError("两个比例相同，多大的样本也分不出", "给出想要分辨的差距。")
    spread = base * (1 - base) + other * (1 - other)
    return math.ceil(_reach(alpha, power) ** 2 * spread / (other - base) ** 2)


def sample_size_for_lift(base: float, lift: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Return the trials each group needs to see a relative `lift` (.1 = 10 % more than `base`).

    :raises InputError: see `sample_size`
    """
    return sample_size(base, base * (1 + lift), alpha, power)


def compare(hits: int, trials: int, other_hits: int, other_trials: int) -> Difference:
    """Return how far the second share is above the first, tested with the pooled share.

    :raises InputError: no trials, or more hits than trials
    """
    for some, all_ in ((hits, trials), (other_hits, other_trials)):
        _check_counts(some, all_)
    pooled = (hits + other_hits) / (trials + other_trials)
    apart = other_hits / other_trials - hits / trials
    error = math.sqrt(pooled * (1 - pooled) * (1 / trials + 1 / other_trials))
    z = apart / error if error else 0.0
    enough = min(trials, other_trials) * min(pooled, 1 - pooled) >= LEAST
    return Difference(apart, z, p_value(z), enough)


def p_value(z: float) -> float:
    """Return the two-sided p value of a standard normal `z`."""
    return math.erfc(abs(z) / math.sqrt(2))  # 1 − cdf loses all digits beyond z = 8


def bonferroni(p: float, comparisons: int) -> float:
    """Return a p value corrected for how many comparisons were made; 1 at most.

    :raises InputError: fewer than one comparison
    """
    if comparisons < 1:
        raise InputError(f"比较次数 {comparisons} 不对", "至少 1 次。")
    return min(1.0, p * comparisons)


def wilson(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share, inside 0…1; (0, 1) without trials.

    :raises InputError: more hits than trials, or a confidence not between 0 and 1
    """
    if trials == 0 and hits == 0:
        return 0.0, 1.0
    _check_counts(hits, trials)
    _check_shares(confidence)
    z = _Z(0.5 + confidence / 2)
    share, shrink = hits / trials, 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return low, 1.0 if hits == trials else min(1.0, middle + half)


def more_needed(
    hits: int, trials: int, other_hits: int, other_trials: int, alpha: float = ALPHA, power: float = POWER
) -> tuple[int, int] | None:
    """Return how many more trials each group needs to tell the shares seen so far apart; None when they are equal.

    Both get as many; where one has more than that already, the other needs the fewer.

    :raises InputError: no trials, or more hits than trials
    """
    for some, all_ in ((hits, trials), (other_hits, other_trials)):
        _check_counts(some, all_)
    one, other = hits / trials, other_hits / other_trials
    if one == other:
        return None
    spreads, seen = (one * (1 - one), other * (1 - other)), (trials, other_trials)
    error = ((other - one) / _reach(alpha, power)) ** 2  # the variance of the difference that would do
    both = math.ceil(sum(spreads) / error)
    goals = [both, both]
    for large, small in ((0, 1), (1, 0)):
        if seen[large] > both:
            goals = [0, 0]
            goals[small] = math.ceil(spreads[small] / (error - spreads[large] / seen[large]))
    return max(0, goals[0] - trials), max(0, goals[1] - other_trials)


def _reach(alpha: float, power: float) -> float:
    _check_shares(alpha, power)
    return _Z(1 - alpha / 2) + _Z(power)


def _check_shares(*shares: float) -> None:
    for share in shares:
        if not 0 < share < 1:
            raise InputError(f"比例 {share:g} 不在 0 和 1 之间", "写成小数，例如 2% 写 0.02。")


def _check_counts(hits: int, trials: int) -> None:
    if trials <= 0 or not 0 <= hits <= trials:
        raise InputError(f"次数不对：{trials} 次里有 {hits} 次", "总次数要大于 0，且不少于其中的次数。")
