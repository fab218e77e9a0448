"""Opening together: any k members give one value, fewer give none, a wrong partial names its member."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import hpke, threshold
from answerable.sealing.errors import OpenError, SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.groups import EDWARDS, ORDER, PRIME, Scalar, base_times, to_montgomery
from answerable.sealing.threshold import GroupKey, Partial
from tests.sealing.panel import panel, rng

INFO, AAD, WORDS = b"info", b"aad", b"what was said"


def binding(member: int) -> bytes:
    return b"binding" + bytes((member,))


def sealed(seed: object = "sealed") -> tuple[bytes, bytes]:
    return hpke.seal(panel().key.public, INFO, AAD, WORDS, rng=rng(seed))


def partial(member: int, enc: bytes, bound: bytes | None = None) -> Partial:
    held = panel()
    bound = binding(member) if bound is None else bound
    return threshold.partial(held.shares[member], member, held.key, [enc], bound, rng=rng((member, enc)))


def opened(partials: list[Partial], enc: bytes, ct: bytes) -> bytes:
    (dh,) = threshold.combine(partials, panel().key, [enc], binding)
    return hpke.open_with_dh(dh, enc, panel().key.public, INFO, AAD, ct)


def test_any_three_of_five_open_the_same() -> None:
    enc, ct = sealed()
    every = [partial(member, enc) for member in range(1, 6)]
    values = set()
    for three in combinations(every, 3):
        assert opened(list(three), enc, ct) == WORDS
        values.add(threshold.combine(three, panel().key, [enc], binding))
    values.add(threshold.combine(every, panel().key, [enc], binding))
    assert len(values) == 1


@settings(max_examples=20)
@given(st.integers(), st.integers(2, 5))
def test_the_shares_value_is_x25519s_own(seed: int, k: int) -> None:
    # Given what ordinary HPKE seals to the key; the value the shares give opens it
    held = panel(k, 5)
    enc, ct = hpke.seal(held.key.public, INFO, AAD, WORDS, rng=rng(seed))
    members = list(held.shares)[-k:]
    partials = [threshold.partial(held.shares[i], i, held.key, [enc], binding(i), rng=rng((seed, i))) for i in members]
    (dh,) = threshold.combine(partials, held.key, [enc], binding)
    assert hpke.open_with_dh(dh, enc, held.key.public, INFO, AAD, ct) == WORDS


def test_two_of_three_needed_open_nothing() -> None:
    enc, ct = sealed()
    two = [partial(1, enc), partial(4, enc)]
    with pytest.raises(SealingError, match="2 of the 3 members needed"):
        threshold.combine(two, panel().key, [enc], binding)
    with pytest.raises(SealingError, match="0 of the 3"):
        threshold.combine([], panel().key, [enc], binding)
    # A member answering twice is one member
    with pytest.raises(SealingError, match="2 of the 3"):
        threshold.combine([*two, two[0]], panel().key, [enc], binding)
    # And what two can compute with Lagrange's weights for two opens nothing
    from answerable.sealing.shamir import combine_points

    dh = to_montgomery(combine_points({each.member: each.results[0] for each in two}))
    with pytest.raises(OpenError):
        hpke.open_with_dh(dh, enc, panel().key.public, INFO, AAD, ct)


def test_a_wrong_share_cannot_make_a_partial() -> None:
    enc, _ = sealed()
    held = panel()
    for share, member in ((held.shares[2], 1), (Scalar(5), 1), (held.shares[1], 0), (held.shares[1], 6)):
        with pytest.raises(SealingError, match="not that of member"):
            threshold.partial(share, member, held.key, [enc], b"", rng=rng("wrong"))


def wrong(enc: bytes, member: int) -> Partial:
    """A partial with another result under the true proof."""
    true = partial(member, enc)
    return Partial(member, (EDWARDS.add(true.results[0], EDWARDS.generator),), true.proof)


def test_a_wrong_partial_names_its_member() -> None:
    enc, ct = sealed()
    with pytest.raises(MemberFault) as caught:
        opened([partial(1, enc), wrong(enc, 4), partial(5, enc)], enc, ct)
    assert caught.value.member == 4
    assert "member 4" in str(caught.value)
    # With enough others it is left out, and opening goes on
    assert opened([partial(1, enc), wrong(enc, 4), partial(5, enc), partial(2, enc)], enc, ct) == WORDS
    good, faults = threshold.sort([partial(1, enc), wrong(enc, 4)], panel().key, [enc], binding)
    assert (set(good), set(faults)) == ({1}, {4})


def test_swapped_partials_do_not_pass() -> None:
    # Given member 1's result under member 2's name, and the reverse
    enc, ct = sealed()
    one, two = partial(1, enc), partial(2, enc)
    swapped = [Partial(2, one.results, one.proof), Partial(1, two.results, two.proof), partial(3, enc)]
    with pytest.raises(MemberFault):
        opened(swapped, enc, ct)


def test_a_partial_does_not_serve_another_message_or_binding() -> None:
    enc, _ = sealed("one")
    other, _ = sealed("two")
    made = partial(1, enc)
    for encs, bound in (([other], binding(1)), ([enc], binding(2)), ([enc], b""), ([enc, other], binding(1))):
        with pytest.raises(MemberFault):
            threshold.check(made, panel().key, encs, bound)
    threshold.check(made, panel().key, [enc], binding(1))
    with pytest.raises(MemberFault, match="members 1 to 5"):
        threshold.check(Partial(6, made.results, made.proof), panel().key, [enc], binding(6))


def test_a_batch_is_proved_at_once() -> None:
    held, encs = panel(), [sealed(number)[0] for number in range(4)]
    made = [threshold.partial(held.shares[i], i, held.key, encs, binding(i), rng=rng(i)) for i in (1, 2, 3)]
    singles = [threshold.combine([partial(i, enc) for i in (3, 4, 5)], held.key, [enc], binding)[0] for enc in encs]
    assert list(threshold.combine(made, held.key, encs, binding)) == singles
    # Two results exchanged, their sum unchanged: the proof fails
    swapped = Partial(1, (made[0].results[1], made[0].results[0], *made[0].results[2:]), made[0].proof)
    with pytest.raises(MemberFault):
        threshold.check(swapped, held.key, encs, binding(1))


@pytest.mark.parametrize("u", [0, 1, PRIME - 1, PRIME, PRIME + 9, 9 | 1 << 255, 2])
def test_an_encapsulated_key_that_would_betray_a_share_is_refused(u: int) -> None:
    # Low order, not canonical, on the twist: the share never meets it
    with pytest.raises(SealingError):
        partial(1, u.to_bytes(32, "little"))


def test_public_shares_that_make_another_key_are_refused() -> None:
    held = panel()
    moved = (EDWARDS.add(held.key.shares[0], EDWARDS.generator), *held.key.shares[1:])
    for shares, point in ((moved, held.key.point), (held.key.shares, base_times(Scalar(3))), (moved[:2], moved[0])):
        with pytest.raises(SealingError):
            GroupKey(3, point, shares)
    with pytest.raises(SealingError):
        GroupKey(3, EDWARDS.identity, held.key.shares)


@settings(max_examples=20)
@given(st.integers(1, ORDER - 1))
def test_two_answers_of_one_member_show_nothing_new(value: int) -> None:
    # The same request answered twice gives the same result; only the proof's randomness differs
    enc, _ = sealed(value)
    held = panel()
    one = threshold.partial(held.shares[1], 1, held.key, [enc], b"b", rng=rng("x"))
    two = threshold.partial(held.shares[1], 1, held.key, [enc], b"b", rng=rng("y"))
    assert one.results == two.results
    assert one.proof != two.proof
