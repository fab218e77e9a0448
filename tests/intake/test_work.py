"""Proof of work: what answers a challenge of ours, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.intake import work
from answerable.intake.errors import IntakeError, MalformedError, WorkError
from answerable.intake.work import Load

KEY = b"k" * 32
NOW = 1_772_532_420


def nonce(size: int) -> bytes:
    return b"n" * size


def test_a_solved_challenge_is_accepted_for_its_subject_alone() -> None:
    challenge = work.challenge(KEY, NOW, 6, rng=nonce)
    assert len(challenge) == 41
    solved = work.solve(challenge, b"s" * 32)
    spent = work.check(solved, b"s" * 32, KEY, NOW)
    assert spent.nonce == b"n" * 16
    assert spent.until * 900 > NOW + 3_600
    # 2 in 64 other subjects would pass by chance; these do not
    assert [n for n in range(8) if passes(solved, bytes((n,)) * 32)] == [
        n for n in range(8) if lucky(solved, bytes((n,)) * 32)
    ]


def passes(solved: bytes, subject: bytes) -> bool:
    try:
        work.check(solved, subject, KEY, NOW)
    except WorkError:
        return False
    return True


def lucky(solved: bytes, subject: bytes) -> bool:
    return work.is_enough(work.proof(subject, solved[:16], solved[41:]), solved[24])


def test_expired_forged_and_easier_challenges_are_refused() -> None:
    challenge = work.challenge(KEY, NOW, 6, rng=nonce)
    solved = work.solve(challenge, b"s" * 32)
    with pytest.raises(WorkError, match="too old"):
        work.check(solved, b"s" * 32, KEY, NOW + 75 * 60)
    with pytest.raises(WorkError, match="not one of ours"):
        work.check(solved, b"s" * 32, b"x" * 32, NOW)
    easier = solved[:24] + b"\0" + solved[25:]
    with pytest.raises(WorkError, match="not one of ours"):
        work.check(easier, b"s" * 32, KEY, NOW)


def test_a_challenge_that_asks_for_less_than_is_asked_now_is_refused_before_any_derivation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solved = {bits: work.solve(work.challenge(KEY, NOW, bits, rng=nonce), b"s" * 32) for bits in (6, 7)}
    with monkeypatch.context() as forbidden:
        forbidden.setattr(work, "proof", None)
        with pytest.raises(WorkError, match="more people send now"):
            work.check(solved[6], b"s" * 32, KEY, NOW, 7)
    assert work.check(solved[7], b"s" * 32, KEY, NOW, 7)
    assert work.check(solved[7], b"s" * 32, KEY, NOW, 6)


@given(st.integers(0, 10**6))
def test_the_most_work_is_enough_however_many_come(many: int) -> None:
    load = Load()
    for _ in range(min(many, 5_000)):
        load.count(0.0)
    assert load.bits(0.0) <= work.MOST
    solved = work.challenge(KEY, NOW, work.MOST, rng=nonce) + bytes(8)
    with pytest.raises(WorkError, match="not of this delivery, or too small"):  # and not that more is asked for
        work.check(solved, b"s" * 32, KEY, NOW, many)


@pytest.mark.parametrize(("bits", "minutes"), [(6, (60, 75)), (7, (15, 30)), (10, (15, 30))])
def test_challenges_live_shorter_under_load_and_never_less_than_a_quarter_of_an_hour(
    bits: int, minutes: tuple[int, int]
) -> None:
    for now in range(NOW - NOW % 900, NOW - NOW % 900 + 900, 53):
        expiry = int.from_bytes(work.challenge(KEY, now, bits, rng=nonce)[16:24], "big")
        assert expiry % 900 == 0
        assert minutes[0] * 60 < expiry - now <= minutes[1] * 60


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(IntakeError):
        work.check(data, b"s" * 32, KEY, NOW)


def test_what_is_no_challenge_is_not_solved() -> None:
    for wrong in (b"", b"x" * 41, b"x" * 42):
        with pytest.raises(MalformedError):
            work.solve(wrong, b"s" * 32)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 32))
def test_leading_zeros_are_counted_as_bits(proved: bytes, bits: int) -> None:
    text = f"{int.from_bytes(proved, 'big'):0256b}"
    assert work.is_enough(proved, bits) == text.startswith("0" * bits)


def test_more_is_asked_for_under_load_and_less_again_after() -> None:
    load = Load()
    asked = []
    for number in range(4_000):
        load.count(number / 1_000)
        asked.append(load.bits(number / 1_000))
    assert asked == sorted(asked)
    assert (asked[0], asked[-1]) == (6, 10)
    assert asked[250] == 7
    assert load.bits(4 + 10.1) == 6
