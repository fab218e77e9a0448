"""Shamir's shares over the scalars of edwards25519, and Feldman's check of them (RFC 9591 appendix C).

Participants are numbered from 1. A share of 0 would be the secret itself, so no number is 0 or a multiple of the order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from answerable.sealing.errors import SealingError
from answerable.sealing.groups import EDWARDS, ORDER, Point, Scalar, base_times, random_scalar
from answerable.sealing.hpke import Rng

#: The most holders of one key. A number takes one byte wherever it is written.
MOST = 255


def check_sizes(k: int, n: int) -> None:
    """Raises SealingError unless 2 <= k <= n <= 255: with k = 1 every holder could open alone."""
    if not 2 <= k <= n <= MOST:
        raise SealingError(
            f"{k} of {n} is no threshold", todo=f"take at least 2, and at most as many as there are members ({MOST})"
        )


def polynomial(secret: Scalar, k: int, rng: Rng) -> tuple[Scalar, ...]:
    """``k`` coefficients, the secret first, the others random."""
    return (secret, *(random_scalar(rng) for _ in range(k - 1)))


def evaluate(coefficients: Sequence[Scalar], number: int) -> Scalar:
    """The polynomial at ``number``: the share of the participant with this number. Raises SealingError for 0."""
    if number % ORDER == 0:
        raise SealingError("no participant has the number 0")
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * number + coefficient.value) % ORDER
    return Scalar(value)


def commit(coefficients: Sequence[Scalar]) -> tuple[Point, ...]:
    """Feldman's commitments: each coefficient times the base point."""
    return tuple(base_times(each) for each in coefficients)


def public_share(commitments: Sequence[Point], number: int) -> Point:
    """The public point of the share with this number, from commitments alone (RFC 9591, derive_group_info)."""
    result = EDWARDS.identity
    for commitment in reversed(commitments):
        result = EDWARDS.add(EDWARDS.mul(number, result), commitment)
    return result


def verify_share(share: Scalar, number: int, commitments: Sequence[Point]) -> bool:
    """Whether a share is what its dealer committed to (RFC 9591 appendix C.2, vss_verify)."""
    return base_times(share) == public_share(commitments, number)


def weights(numbers: Collection[int]) -> dict[int, int]:
    """Lagrange's weights at 0 of these participants. Raises SealingError unless they are distinct and from 1 to 255."""
    every = list(numbers)
    if len(set(every)) != len(every) or not all(1 <= number <= MOST for number in every):
        raise SealingError("each member takes part once, with a number from 1 to 255")
    found = {}
    for i in every:
        above, below = 1, 1
        for j in every:
            if j != i:
                above = above * j % ORDER
                below = below * (j - i) % ORDER
        found[i] = above * pow(below, -1, ORDER) % ORDER
    return found


def combine(shares: Mapping[int, Scalar]) -> Scalar:
    """The secret of exactly as many shares as its threshold (others give another number). For tests and dealers."""
    return Scalar(sum(weight * shares[i].value for i, weight in weights(shares).items()) % ORDER)


def combine_points(points: Mapping[int, Point]) -> Point:
    """The same in the exponent: of points s_i·E, the point s·E."""
    result = EDWARDS.identity
    for i, weight in weights(points).items():
        result = EDWARDS.add(result, EDWARDS.mul(weight, points[i]))
    return result


def consistent(points: Sequence[Point], k: int, whole: Point) -> bool:
    """Whether the public shares of participants 1, 2, … all lie on one polynomial of degree k - 1 that gives ``whole``.

    Checked by taking each run of k neighbours: two runs share k - 1 points and the value at 0, so they are one line.
    """
    if len(points) < k:
        return False
    runs = ({i + 1: points[i] for i in range(start, start + k)} for start in range(len(points) - k + 1))
    return all(combine_points(run) == whole for run in runs)
