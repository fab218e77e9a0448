"""The witness's decision: every row of its table, in its order."""

from __future__ import annotations

import pytest

from answerable.record import tree
from answerable.record.errors import WitnessRequestError
from answerable.record.note import Checkpoint, Note, Signature, sign_checkpoint
from answerable.record.tiles import Reader
from answerable.record.witnessing import Decision, LogRule, Recorded, Request, decide, decide_growth
from tests.record.logs import RECORD, Log, key

ENTRIES = [b'{"n":%d}' % number for number in range(12)]
LOG, OLD = Log(ENTRIES, times={}), Log(ENTRIES[:7], times={})
RULE = LogRule(RECORD, (key(RECORD).verifier,))
AT_SEVEN = Recorded(7, OLD.checkpoint.root, 1_000)


def _proof(old: int, log: Log = LOG) -> tuple[bytes, ...]:
    return tuple(Reader(log.fetch, log.checkpoint.size).consistency_proof(old))


def _ask(request: Request | bytes, recorded: Recorded | None = AT_SEVEN, rule: LogRule | None = RULE) -> Decision:
    data = request if isinstance(request, bytes) else request.to_bytes()
    rules = {rule.origin: rule} if rule else {}
    return decide(data, rules.get, {RECORD: recorded}.get)


def _signed(checkpoint: Checkpoint) -> bytes:
    return Note(checkpoint.text(), (sign_checkpoint(checkpoint, key(RECORD), None),)).to_bytes()


def test_growth_is_cosigned() -> None:
    decision = _ask(Request(7, _proof(7), LOG.note))
    assert decision == Decision(200, RECORD, LOG.checkpoint, AT_SEVEN)


def test_the_first_checkpoint_of_any_size_is_cosigned() -> None:
    assert _ask(Request(0, (), LOG.note), recorded=None).status == 200


def test_the_same_head_again_is_cosigned() -> None:
    assert _ask(Request(7, (), OLD.note)).status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"", b"old 7\n", b"old 7", b"old 07\n\n", b"old -1\n\n", b"old  7\n\n", b"Old 7\n\n", b"old 7\nAAAA\n\n",
        b"old 7\n" + b"A" * 43 + b"=\n" * 1 + b"\xff\n\n", b"old 9223372036854775808\n\n", b"\n\nold 7\n",
        b"old 7\r\n\n", b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\n",
    ],
)  # fmt: skip
def test_malformed_requests_are_400(data: bytes) -> None:
    assert _ask(data).status == 400
    assert _ask(data + OLD.note).status == 400
    with pytest.raises(WitnessRequestError):
        Request.parse(data)


def test_a_request_is_at_most_512_kib() -> None:
    assert _ask(b"old 0\n\n" + b"x" * (512 * 1024)).status == 400


def test_a_malformed_checkpoint_is_400() -> None:
    assert _ask(Request(7, (), b"nonsense")).status == 400
    assert _ask(Request(7, (), OLD.note.replace(b"\n7\n", b"\n07\n"))).status == 400


def test_extension_lines_are_400_unless_allowed() -> None:
    extended = Checkpoint(RECORD, 7, OLD.checkpoint.root, ("more",))
    request = Request(7, (), _signed(extended))
    assert _ask(request).status == 400
    assert _ask(request, rule=LogRule(RECORD, RULE.keys, allow_extensions=True)).status == 200


def test_an_unknown_origin_is_404() -> None:
    assert _ask(Request(7, (), OLD.note), rule=None).status == 404


def test_no_trusted_signature_and_a_bad_one_are_403() -> None:
    other = LogRule(RECORD, (key("other.example").verifier,))
    assert _ask(Request(7, (), OLD.note), rule=other).status == 403
    note = Note.parse(OLD.note)
    forged = Signature(RECORD, key(RECORD).verifier.id, bytes(64))
    bad = Note(note.text, (*note.signatures, forged)).to_bytes()
    assert _ask(Request(7, (), bad)).status == 403


def test_an_old_size_above_the_checkpoint_is_400() -> None:
    assert _ask(Request(8, (), OLD.note)).status == 400


@pytest.mark.parametrize("old", [0, 6, 8, 12])
def test_an_old_size_other_than_recorded_is_409_with_the_size(old: int) -> None:
    decision = _ask(Request(old, _proof(old), LOG.note))
    assert (decision.status, decision.body) == (409, b"7\n")


def test_an_old_size_without_a_record_is_409_with_0() -> None:
    decision = _ask(Request(7, _proof(7), LOG.note), recorded=None)
    assert (decision.status, decision.body) == (409, b"0\n")


def test_what_is_no_extension_is_422() -> None:
    other = Log([b'{"other":1}', *ENTRIES[1:]], times={})
    proof = _proof(7)
    for request in (
        Request(7, _proof(7, other), other.note),  # another history
        Request(7, proof[:-1], LOG.note),
        Request(7, (*proof, proof[0]), LOG.note),
        Request(7, (), LOG.note),
        Request(7, proof, OLD.note),  # the same size takes no proof
        Request(7, (), _signed(Checkpoint(RECORD, 7, LOG.checkpoint.root))),  # a second root at one size
    ):
        decision = _ask(request)
        assert decision.status == 422
        assert decision.checkpoint is not None
        assert "not an extension of 7" in decision.reason


def test_from_nothing_takes_no_proof_and_nothing_has_the_empty_root() -> None:
    assert _ask(Request(0, (bytes(32),), LOG.note), recorded=None).status == 422
    for root, status in ((tree.EMPTY_ROOT, 200), (bytes(32), 422)):
        assert _ask(Request(0, (), _signed(Checkpoint(RECORD, 0, root))), recorded=None).status == status
    recorded = Recorded(0, tree.EMPTY_ROOT, 5)
    assert _ask(Request(0, (), LOG.note), recorded=recorded).status == 200


def test_the_signer_decides_by_the_same_rules_without_a_signature() -> None:
    assert decide_growth(7, _proof(7), LOG.checkpoint, AT_SEVEN).status == 200
    assert decide_growth(6, _proof(6), LOG.checkpoint, AT_SEVEN).status == 409
    assert decide_growth(7, (), LOG.checkpoint, AT_SEVEN).status == 422
