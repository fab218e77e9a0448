"""Shares: any k give the secret, k - 1 fit every secret alike, and Feldman's check finds a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.sealing.errors import SealingError
from answerable.sealing.groups import EDWARDS, ORDER, Scalar, base_times
from answerable.sealing.shamir import (
    check_sizes,
    combine,
    combine_points,
    commit,
    consistent,
    evaluate,
    polynomial,
    public_share,
    verify_share,
    weights,
)
from tests.sealing.panel import rng


@st.composite
def dealt(draw: st.DrawFn) -> tuple[tuple[Scalar, ...], int, list[int]]:
    """A polynomial of degree k - 1, n, and k members."""
    n = draw(st.integers(2, 7))
    k = draw(st.integers(2, n))
    secret = Scalar(draw(st.integers(1, ORDER - 1)))
    line = polynomial(secret, k, rng(draw(st.integers())))
    return line, n, draw(st.permutations(range(1, n + 1)))[:k]


@given(dealt())
def test_any_k_shares_give_the_secret(case: tuple[tuple[Scalar, ...], int, list[int]]) -> None:
    line, _, members = case
    shares = {number: evaluate(line, number) for number in members}
    assert combine(shares) == line[0]
    points = {number: base_times(share) for number, share in shares.items()}
    assert combine_points(points) == base_times(line[0])


@given(dealt(), st.integers(1, ORDER - 1))
def test_fewer_than_k_shares_fit_any_secret(case: tuple[tuple[Scalar, ...], int, list[int]], other: int) -> None:
    # Given k - 1 shares, and any other secret at all
    line, _, members = case
    known = {number: evaluate(line, number) for number in members[:-1]}
    # When the missing share is chosen for that secret
    missing, ws = members[-1], weights(members)
    rest = sum(ws[number] * share.value for number, share in known.items())
    value = (other - rest) * pow(ws[missing], -1, ORDER) % ORDER
    # Then the k shares give it: what k - 1 members know rules out no secret
    assert combine({**known, missing: Scalar(value)}) == Scalar(other)


@given(dealt(), st.integers(1, ORDER - 1))
def test_a_wrong_share_is_found(case: tuple[tuple[Scalar, ...], int, list[int]], error: int) -> None:
    line, _, members = case
    commitments = commit(line)
    number = members[0]
    share = evaluate(line, number)
    assert verify_share(share, number, commitments)
    assert public_share(commitments, number) == base_times(share)
    assert not verify_share(Scalar((share.value + error) % ORDER), number, commitments)
    assert not verify_share(share, number + 1, commitments)


@given(dealt())
def test_consistency_is_found_and_lost(case: tuple[tuple[Scalar, ...], int, list[int]]) -> None:
    line, n, members = case
    points = [base_times(evaluate(line, number)) for number in range(1, n + 1)]
    assert consistent(points, len(line), base_times(line[0]))
    moved = list(points)
    moved[members[0] - 1] = EDWARDS.add(moved[members[0] - 1], EDWARDS.generator)
    assert not consistent(moved, len(line), base_times(line[0]))
    assert not consistent(points[: len(line) - 1], len(line), base_times(line[0]))


@pytest.mark.parametrize("members", [[0, 1], [1, 1], [256, 1], [-1, 2]])
def test_impossible_members_are_refused(members: list[int]) -> None:
    with pytest.raises(SealingError):
        weights(members)


def test_nobody_has_the_number_0() -> None:
    # The value at 0, or at a multiple of the order, would be the secret itself
    line = polynomial(Scalar(7), 2, rng("zero"))
    for number in (0, ORDER):
        with pytest.raises(SealingError):
            evaluate(line, number)


@pytest.mark.parametrize(("k", "n"), [(1, 3), (4, 3), (2, 256), (0, 0)])
def test_impossible_thresholds_are_refused(k: int, n: int) -> None:
    with pytest.raises(SealingError):
        check_sizes(k, n)
