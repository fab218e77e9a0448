"""Receipts: true offline, smaller when asked, brought up to today with the proof that ties both trees."""

from __future__ import annotations

import pytest

from answerable.errors import NOT_YET
from answerable.ledger import receipts
from answerable.ledger.errors import LedgerError, NotYetError
from answerable.record import verify
from answerable.record.note import Note
from answerable.record.proof import TlogProof
from tests.ledger.harness import Clock, Ledger

pytestmark = pytest.mark.database


def later(ledger: Ledger) -> None:
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 900
    ledger.round()


def test_a_receipt_passes_offline_against_the_first_checkpoint(ledger: Ledger) -> None:
    recorded = ledger.act(1)
    ledger.round()
    first = receipts.receipt(ledger.config, recorded.leaf_hash)
    ledger.act(2)
    later(ledger)
    again = receipts.receipt(ledger.config, recorded.leaf_hash)
    assert again == first
    report = verify.verify_receipt(first.proof, ledger.config.record.policy, require_mldsa44=False)
    assert report.verdict == "PASS"


def test_a_sealed_receipt_is_bare(ledger: Ledger) -> None:
    recorded = ledger.sealed()
    ledger.round()
    found = receipts.receipt(ledger.config, recorded.leaf_hash)
    assert TlogProof.parse(found.proof).extra == recorded.outbox.data
    assert verify.verify_receipt(found.proof, ledger.config.register.policy).verdict == "PASS"


def test_a_small_one_has_only_what_the_quorum_needs(ledger: Ledger) -> None:
    recorded = ledger.act(1)
    ledger.round()
    whole = receipts.receipt(ledger.config, recorded.leaf_hash)
    small = receipts.receipt(ledger.config, recorded.leaf_hash, small=True)
    assert len(Note.parse(TlogProof.parse(whole.proof).checkpoint).signatures) == 5
    assert len(Note.parse(TlogProof.parse(small.proof).checkpoint).signatures) == 3
    assert len(small.proof) < 1_400
    assert verify.verify_receipt(small.proof, ledger.config.record.policy).verdict == "PASS"


def test_a_refreshed_one_comes_with_its_growth(ledger: Ledger) -> None:
    recorded = ledger.act(1)
    ledger.round()
    old = receipts.receipt(ledger.config, recorded.leaf_hash)
    for number in range(2, 9):
        ledger.act(number)
        later(ledger)
    new, growth = receipts.refresh(ledger.config, old.proof)
    assert (new.index, new.size > old.size) == (old.index, True)
    policy = ledger.config.record.policy
    assert verify.verify_receipt(new.proof, policy).verdict == "PASS"
    assert verify.verify_growth(old.proof, growth, policy).verdict == "PASS"


def test_before_the_log_has_it_it_is_not_yet(ledger: Ledger) -> None:
    recorded = ledger.act(1)
    with pytest.raises(NotYetError) as caught:
        receipts.receipt(ledger.config, recorded.leaf_hash)
    assert caught.value.exit_code == NOT_YET


def test_before_the_quorum_it_is_not_yet(ledger: Ledger) -> None:
    for witness in ledger.askers[ledger.record].witnesses.values():
        witness.mode = "down"
    recorded = ledger.act(1)
    ledger.round()
    with pytest.raises(NotYetError, match="quorum"):
        receipts.receipt(ledger.config, recorded.leaf_hash)


def test_another_ledgers_receipt_is_refused(ledger: Ledger) -> None:
    recorded = ledger.act(1)
    ledger.round()
    found = receipts.receipt(ledger.config, recorded.leaf_hash).proof
    with pytest.raises(LedgerError, match="no log of this ledger"):
        receipts.refresh(ledger.config, found.replace(b"ledger.example.org/record\n", b"other.example.org/record\n", 1))
