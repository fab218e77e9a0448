"""Proofs, notes and policies: no single bit may change, and a quorum is what its definition says."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.errors import AnswerableError
from answerable.record import tree
from answerable.record.keys import COSIGNATURE, VerifierKey
from answerable.record.note import Note, verify_note
from answerable.record.policy import Policy
from answerable.record.proof import TlogProof
from answerable.record.verify import verify_receipt
from tests.record.logs import REGISTER, Log, key, policy, sealed_entries

LOG = Log(sealed_entries(37), REGISTER)
LEAVES = [tree.leaf_hash(entry) for entry in LOG.entries]
POLICY = policy(REGISTER)
KEYS = POLICY.keys(REGISTER)


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.data())
def test_no_bit_of_an_inclusion_proof_may_change(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, 36))
    proof = LOG.reader.inclusion_proof(index)
    at = data.draw(st.integers(0, len(proof) + 1))
    parts = [*proof, LEAVES[index], LOG.checkpoint.root]
    parts[at] = _flipped(parts[at], data.draw(st.integers(0, 255)))
    with pytest.raises(AnswerableError):
        tree.verify_inclusion(parts[-2], index, 37, parts[:-2], parts[-1])


@given(st.data())
def test_no_bit_of_a_consistency_proof_may_change(data: st.DataObject) -> None:
    old = data.draw(st.integers(1, 36))
    proof = LOG.reader.consistency_proof(old)
    parts = [*proof, tree.root_of(LEAVES[:old]), LOG.checkpoint.root]
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] = _flipped(parts[at], data.draw(st.integers(0, 255)))
    with pytest.raises(AnswerableError):
        tree.verify_consistency(old, 37, parts[:-2], parts[-2], parts[-1])


def test_an_inclusion_proof_holds_for_its_own_index_only() -> None:
    """In a tree of one size. A size belongs to its root, and the checkpoint binds the two."""
    for index in range(37):
        proof = LOG.reader.inclusion_proof(index)
        for other in set(range(37)) - {index}:
            with pytest.raises(AnswerableError):
                tree.verify_inclusion(LEAVES[index], other, 37, proof, LOG.checkpoint.root)


@given(st.integers(0, len(LOG.note.partition(b"\n\n")[0]) * 8 - 1))
def test_no_bit_of_a_notes_text_may_change(bit: int) -> None:
    with pytest.raises(AnswerableError):
        verify_note(Note.parse(_flipped(LOG.note, bit)), KEYS)


@settings(max_examples=300)
@given(st.integers(0, len(LOG.note) * 8 - 1))
def test_no_bit_of_a_note_may_change_unnoticed(bit: int) -> None:
    """A changed line is refused, or, where its name or id changed, is unknown and no longer counts."""
    before = verify_note(Note.parse(LOG.note), KEYS)
    try:
        after = verify_note(Note.parse(_flipped(LOG.note, bit)), KEYS)
    except AnswerableError:
        return
    assert len(after) == len(before) - 1
    assert set(after) < set(before)


RECEIPT = LOG.receipt(20).to_bytes()
HEAD = len(RECEIPT.partition(b"\n\n")[0])


@settings(max_examples=300)
@given(st.integers(0, HEAD * 8 - 1))
def test_no_bit_of_a_receipts_entry_index_or_path_may_change(bit: int) -> None:
    try:
        report = verify_receipt(_flipped(RECEIPT, bit), POLICY)
    except AnswerableError:
        return
    assert report.verdict == "FAIL"


def test_the_receipt_itself_passes() -> None:
    assert verify_receipt(RECEIPT, POLICY).verdict == "PASS"
    assert TlogProof.parse(RECEIPT).to_bytes() == RECEIPT


WITNESSES: list[VerifierKey] = [key(f"w{number}.example", COSIGNATURE).verifier for number in range(6)]


class Rule:
    """A random policy and, beside it, the same rule as a plain nested definition."""

    def __init__(self, groups: list[tuple[int, list[str]]]) -> None:
        self.groups = groups
        lines = [f"witness w{number} {vkey}" for number, vkey in enumerate(WITNESSES)]
        lines += [f"group g{at} {count} {' '.join(members)}" for at, (count, members) in enumerate(groups)]
        self.policy = Policy.parse("\n".join([*lines, f"quorum g{len(groups) - 1}"]))

    def holds(self, name: str, cosigned: set[str]) -> bool:
        if name.startswith("w"):
            return name in cosigned
        count, members = self.groups[int(name[1:])]
        return sum(self.holds(member, cosigned) for member in members) >= count

    @property
    def quorum(self) -> str:
        return f"g{len(self.groups) - 1}"


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    free = [f"w{number}" for number in range(len(WITNESSES))]
    groups: list[tuple[int, list[str]]] = []
    while len(free) > 1 or not groups:
        members = draw(st.lists(st.sampled_from(free), min_size=min(2, len(free)), max_size=4, unique=True))
        groups.append((draw(st.integers(1, len(members))), members))
        free = [name for name in free if name not in members] + [f"g{len(groups) - 1}"]
    return Rule(groups)


@given(_rules())
def test_quorums_are_those_of_brute_force(rule: Rule) -> None:
    names = [f"w{number}" for number in range(len(WITNESSES))]
    for chosen in chain.from_iterable(combinations(names, count) for count in range(len(names) + 1)):
        times = {WITNESSES[int(name[1:])]: 1 for name in chosen}
        expected = rule.holds(rule.quorum, set(chosen))
        assert rule.policy.quorum_met(times) == expected
        assert rule.policy.blocking(chosen) != expected


@given(_rules(), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_quorum_time_is_the_first_time_whose_cosigners_are_a_quorum(rule: Rule, times: list[int]) -> None:
    by_key = dict(zip(WITNESSES, times, strict=True))
    met = [
        time
        for time in range(1, 6)
        if rule.holds(rule.quorum, {f"w{number}" for number, at in enumerate(times) if 0 < at <= time})
    ]
    assert rule.policy.quorum_time(by_key) == (met[0] if met else None)


@settings(max_examples=40)
@given(_rules())
def test_a_split_costs_the_smallest_overlap_of_two_quorums(rule: Rule) -> None:
    names = [f"w{number}" for number in range(len(WITNESSES))]
    subsets = [set(chosen) for count in range(7) for chosen in combinations(names, count)]
    quorums = [chosen for chosen in subsets if rule.holds(rule.quorum, chosen)]
    smallest = min(len(one & other) for one in quorums for other in quorums)
    assert rule.policy.split_cost(rule.quorum) == smallest
