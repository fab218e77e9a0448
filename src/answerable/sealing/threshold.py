"""A key whose private half exists only as shares: partial results, each proved, and the DH value that k of them give.

The published key is an ordinary X25519 key, so anybody seals to it with standard HPKE; `hpke.open_with_dh` opens with
what `combine` returns. Any k members give the same value, fewer give nothing, and a wrong partial names its member.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from answerable.sealing import dleq
from answerable.sealing.dleq import Proof
from answerable.sealing.errors import SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.groups import EDWARDS, Point, Scalar, base_times, to_edwards, to_montgomery
from answerable.sealing.hpke import Rng
from answerable.sealing.shamir import check_sizes, combine_points, consistent


@dataclass(frozen=True, slots=True)
class GroupKey:
    """The public side: how many open (``k``), the point Y, and the members' public shares Y_1, Y_2, …

    Raises SealingError unless every point is of prime order and any k of the shares make Y.
    """

    k: int
    point: Point
    shares: tuple[Point, ...]

    def __post_init__(self) -> None:
        check_sizes(self.k, len(self.shares))
        for point in (self.point, *self.shares):
            EDWARDS.decode(point)
        if not consistent(self.shares, self.k, self.point):
            raise SealingError("the public shares are not those of this key")

    @property
    def n(self) -> int:
        """How many members hold a share."""
        return len(self.shares)

    @property
    def public(self) -> bytes:
        """The X25519 public key: the u-coordinate of the point."""
        return to_montgomery(self.point)


@dataclass(frozen=True, slots=True)
class Partial:
    """One member's results for a batch of encapsulated keys, and one proof over them all."""

    member: int
    results: tuple[Point, ...]
    proof: Proof


def points_of(encs: Iterable[bytes]) -> tuple[Point, ...]:
    """The points of HPKE encapsulated keys. Raises SealingError for one that is not canonical or not of prime order."""
    return tuple(to_edwards(enc) for enc in encs)


def partial(share: Scalar, member: int, key: GroupKey, encs: Sequence[bytes], binding: bytes, *, rng: Rng) -> Partial:
    """``share`` times each encapsulated key, with one proof bound to ``binding``.

    Raises SealingError for a share that is not the member's, and for an encapsulated key that is not canonical, not of
    prime order: a point of small order would show the share modulo that order.
    """
    if not 1 <= member <= key.n or base_times(share) != key.shares[member - 1]:
        raise SealingError(f"this share is not that of member {member} of this key")
    points = points_of(encs)
    results = tuple(EDWARDS.mul(share.value, point) for point in points)
    proof = dleq.prove(share, key.shares[member - 1], points, results, binding, rng=rng)
    return Partial(member, results, proof)


def check(found: Partial, key: GroupKey, encs: Sequence[bytes], binding: bytes) -> None:
    """Raises MemberFault unless the partial is the member's share times these encapsulated keys, under this binding."""
    if not 1 <= found.member <= key.n:
        raise MemberFault(found.member, f"the key has members 1 to {key.n}")
    if not dleq.verify(key.shares[found.member - 1], points_of(encs), found.results, binding, found.proof):
        raise MemberFault(found.member, "the proof does not hold: this is not the share's result for this request")


def sort(
    found: Iterable[Partial], key: GroupKey, encs: Sequence[bytes], binding: Callable[[int], bytes]
) -> tuple[dict[int, Partial], dict[int, MemberFault]]:
    """Partials whose proofs hold, by member, and the faults of the others. A second one of a member is ignored."""
    good: dict[int, Partial] = {}
    faults: dict[int, MemberFault] = {}
    for each in found:
        try:
            check(each, key, encs, binding(each.member))
        except MemberFault as fault:
            faults.setdefault(each.member, fault)
        else:
            good.setdefault(each.member, each)
    return good, faults


def combine(
    found: Collection[Partial], key: GroupKey, encs: Sequence[bytes], binding: Callable[[int], bytes]
) -> tuple[bytes, ...]:
    """The DH value (32 bytes) of each encapsulated key, from any k partials whose proofs hold.

    ``binding`` gives the binding of a member. Wrong partials are left out as long as k others hold; with fewer, raises
    MemberFault for the first wrong one, or SealingError saying how many are missing.
    """
    good, faults = sort(found, key, encs, binding)
    if len(good) < key.k:
        for fault in faults.values():
            raise fault
        raise SealingError(
            f"{len(good)} of the {key.k} members needed have answered", todo="ask more members; fewer open nothing"
        )
    used = [good[member] for member in sorted(good)[: key.k]]
    return tuple(
        to_montgomery(combine_points({each.member: each.results[place] for each in used})) for place in range(len(encs))
    )
