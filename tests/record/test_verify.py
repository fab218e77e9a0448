"""What `verify` concludes: receipts, growth, promises, copies and ranges, true, false and malformed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from answerable.errors import AnswerableError
from answerable.record import canonical, commit, kinds
from answerable.record.ack import Ack, sign_ack
from answerable.record.errors import CommitmentError, KindError, ProofFormatError, RecordError, TileError
from answerable.record.note import Checkpoint, Note
from answerable.record.policy import Policy
from answerable.record.proof import Growth, TlogProof
from answerable.record.reports import Report, moment, short
from answerable.record.tree import leaf_hash
from answerable.record.verify import verify_ack, verify_copy, verify_growth, verify_range, verify_receipt
from tests.record.events import case_event, open_event
from tests.record.logs import RECORD, REGISTER, Log, key, policy, policy_text, sealed_entries

EVENT = case_event("0" * 31 + "1", 0, None)
EVENT_KEY = bytes(range(32))
SEALED = commit.seal(EVENT, EVENT_KEY)


def _open_entries(count: int) -> list[bytes]:
    return [kinds.encode_open(open_event("policy.published", id=f"{number:032x}")) for number in range(count)]


OPEN_LOG = Log(_open_entries(300))
REGISTER_LOG = Log([*sealed_entries(520), SEALED], REGISTER)
ROLES = {"record": OPEN_LOG, "register": REGISTER_LOG}


def _labels(report: Report) -> list[str]:
    return [label for label, _ in report.lines]


def test_a_receipt_of_an_open_entry() -> None:
    report = verify_receipt(OPEN_LOG.receipt(41).to_bytes(), policy())
    leaf = short(leaf_hash(OPEN_LOG.entries[41]))
    assert report.lines == (
        ("entry", f"policy.published  leaf {leaf}"),
        ("included", "index 41 of 300"),
        ("log", f"{RECORD}  ed25519 ok, mldsa44 ok"),
        ("quorum", "civil 2 of 2; not later than 1970-01-12T13:47:40Z"),
        ("PASS", "checked offline"),
    )
    assert report.exit_code == 0
    assert report.data["not_later_than"] == 1_000_060


def test_a_bare_receipt_says_nothing_about_its_entry() -> None:
    report = verify_receipt(REGISTER_LOG.receipt(520).to_bytes(), policy(REGISTER))
    assert report.lines[0] == ("entry", f"sealed  leaf {short(leaf_hash(SEALED))}")
    assert report.verdict == "PASS"


@pytest.mark.parametrize("carried", [True, False])
def test_an_opening_shows_its_fields_only_once_it_opens_the_entry(carried: bool) -> None:
    opening = commit.opening(EVENT, EVENT_KEY, ["seq"])
    extra = opening if carried else None
    receipt = REGISTER_LOG.receipt(520, extra).to_bytes()
    report = verify_receipt(receipt, policy(REGISTER), opening=None if carried else opening)
    assert report.verdict == "PASS"
    assert report.lines[0][1].startswith(f"{EVENT['kind']}  leaf ")
    assert ("shows", "seq 0") in report.lines
    # The opening of an entry that is elsewhere in no log does not pass
    other = commit.opening({**EVENT, "at": "1999-01-01"}, EVENT_KEY, ["seq"])
    wrong = REGISTER_LOG.receipt(520, other if carried else None).to_bytes()
    report = verify_receipt(wrong, policy(REGISTER), opening=None if carried else other)
    assert (report.verdict, report.exit_code) == ("FAIL", 1)


def test_a_full_opening() -> None:
    receipt = REGISTER_LOG.receipt(520, commit.full_opening(EVENT, EVENT_KEY)).to_bytes()
    assert verify_receipt(receipt, policy(REGISTER)).verdict == "PASS"


@pytest.mark.parametrize(
    ("extra", "opening", "error"),
    [
        (b"", None, ProofFormatError),
        (b"\x01" + bytes(31), None, ProofFormatError),
        (b"\x02" + bytes(32), None, ProofFormatError),
        (b'{"a": 1}', None, ProofFormatError),
        (canonical.encode({"kind": "no.such"}), None, KindError),
        (canonical.encode({"digests": [], "open": [], "v": 1}), None, CommitmentError),
        (SEALED, b"nonsense", CommitmentError),
        (OPEN_LOG.entries[3], commit.full_opening(EVENT, EVENT_KEY), CommitmentError),
    ],
)
def test_malformed_entries_and_openings(extra: bytes, opening: bytes | None, error: type[AnswerableError]) -> None:
    with pytest.raises(error):
        verify_receipt(OPEN_LOG.receipt(3, extra).to_bytes(), policy(), opening=opening)


def test_a_proof_without_an_entry_asks_for_the_opening() -> None:
    proof = REGISTER_LOG.receipt(520)
    bare = TlogProof(None, proof.index, proof.hashes, proof.checkpoint).to_bytes()
    with pytest.raises(ProofFormatError, match="opening"):
        verify_receipt(bare, policy(REGISTER))
    opening = commit.full_opening(EVENT, EVENT_KEY)
    assert verify_receipt(bare, policy(REGISTER), opening=opening).verdict == "PASS"


def test_a_receipt_with_another_entry_or_index_fails() -> None:
    proof = OPEN_LOG.receipt(41)
    for changed in (
        TlogProof(OPEN_LOG.entries[42], 41, proof.hashes, proof.checkpoint),
        TlogProof(proof.extra, 40, proof.hashes, proof.checkpoint),
        TlogProof(proof.extra, 300, proof.hashes, proof.checkpoint),
        TlogProof(proof.extra, 41, proof.hashes[:-1], proof.checkpoint),
    ):
        report = verify_receipt(changed.to_bytes(), policy())
        assert _labels(report) == ["entry", "FAIL"]
        assert report.exit_code == 1


def test_a_receipt_without_quorum_or_by_an_unknown_log_fails() -> None:
    receipt = OPEN_LOG.receipt(41).to_bytes()
    for trusted, said in [
        (policy(threshold=3), "civil 2 of 3"),
        (policy(REGISTER), "knows no log"),
    ]:
        report = verify_receipt(receipt, trusted)
        assert _labels(report) == ["entry", "included", "FAIL"]
        assert said in report.lines[-1][1]


def test_require_mldsa44() -> None:
    note = Note.parse(OPEN_LOG.note)
    proof = OPEN_LOG.receipt(41)
    small = Note(note.text, (note.signatures[0], note.signatures[2], note.signatures[4])).to_bytes()
    receipt = TlogProof(proof.extra, 41, proof.hashes, small).to_bytes()
    report = verify_receipt(receipt, policy())
    assert report.lines[2] == ("log", f"{RECORD}  ed25519 ok")
    assert verify_receipt(receipt, policy(), require_mldsa44=True).verdict == "FAIL"
    report = verify_receipt(proof.to_bytes(), policy(), require_mldsa44=True)
    assert report.lines[2] == ("log", f"{RECORD}  mldsa44 ok")


def test_growth() -> None:
    old = Log(OPEN_LOG.entries[:101], times={})  # whose quorum nobody knows any more
    growth = Growth(101, tuple(OPEN_LOG.reader.consistency_proof(101)), OPEN_LOG.note)
    receipt = old.receipt(41).to_bytes()
    report = verify_growth(receipt, growth.to_bytes(), policy())
    assert report.lines == (("PASS", "size 300 extends size 101"),)
    for changed in (
        Growth(100, growth.proof, OPEN_LOG.note),
        Growth(101, growth.proof[1:], OPEN_LOG.note),
        Growth(101, growth.proof, old.note),
        Growth(101, (), REGISTER_LOG.note),
    ):
        assert verify_growth(receipt, changed.to_bytes(), policy()).verdict == "FAIL"
    assert verify_growth(receipt, growth.to_bytes(), policy(threshold=3)).verdict == "FAIL"


PARTY = key("ledger.example.org/ack/editors")


def _ack(entry: bytes, include_by: int, now: int = 0, log: Log = OPEN_LOG, origin: str = RECORD) -> Report:
    data = sign_ack(Ack(origin, leaf_hash(entry), include_by), PARTY)
    return verify_ack(data, log.fetch, policy(log.origin), [PARTY.verifier], now)


def test_a_promise_that_was_kept() -> None:
    report = _ack(OPEN_LOG.entries[270], 5)
    assert report.lines == (("PASS", "index 270 of 300"),)


def test_a_promise_not_yet_due_and_one_past_without_a_later_head() -> None:
    assert _ack(b"absent", 2_000_000).lines == (("not yet", "due 1970-01-24T03:33:20Z"),)
    report = _ack(b"absent", 1_000_060, now=3_000_000)
    assert (report.verdict, report.exit_code) == ("not yet", 3)
    assert "was due" in report.lines[0][1]


def test_a_broken_promise_is_shown_by_the_logs_own_quorum_time() -> None:
    report = _ack(b"absent", 1_000_059)
    assert (report.verdict, report.exit_code) == ("BROKEN PROMISE", 1)


def test_a_promise_about_another_log_or_by_another_party() -> None:
    with pytest.raises(RecordError, match="the promise is about"):
        _ack(b"absent", 5, origin=REGISTER)
    data = sign_ack(Ack(RECORD, bytes(32), 5), key("someone.example"))
    with pytest.raises(AnswerableError, match="no key"):
        verify_ack(data, OPEN_LOG.fetch, policy(), [PARTY.verifier], 0)


def test_a_log_whose_tiles_do_not_fit_keeps_no_promise() -> None:
    broken = Log(OPEN_LOG.entries)
    broken.files["tile/0/000"] = bytes(8192)
    assert _ack(broken.entries[0], 5, log=broken).verdict == "FAIL"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("record", "300 hashed, 3 tiles and 2 bundles equal, root equal"),
        ("register", "521 hashed, 4 tiles and 3 bundles equal, root equal"),
    ],
)
def test_a_copy(log: str, said: str) -> None:
    copy = ROLES[log]
    steps: list[tuple[int, int]] = []
    report = verify_copy(copy.fetch, policy(copy.origin), progress=lambda done, total: steps.append((done, total)))
    size = len(copy.entries)
    assert report.lines == (
        ("entries", said),
        ("kinds", f"{size} of {size} well formed; 0 unknown"),
        ("PASS", "the copy is the log that was cosigned"),
    )
    assert steps[-1] == (size, size)


def test_a_copy_larger_than_one_batch() -> None:
    log = Log(sealed_entries(70_000), REGISTER)
    report = verify_copy(log.fetch, policy(REGISTER))
    assert report.lines[0][1] == "70,000 hashed, 277 tiles and 274 bundles equal, root equal"
    log.files["tile/1/000"] = bytes(8192)
    assert "tile/1/000" in verify_copy(log.fetch, policy(REGISTER)).lines[0][1]


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"])
@pytest.mark.parametrize("change", [_flip, lambda data: data[:-1], lambda data: data + b"\0", lambda _: b"", None])
def test_any_changed_or_absent_file_of_a_copy_fails(path: str, change: Callable[[bytes], bytes] | None) -> None:
    copy = Log(OPEN_LOG.entries)
    if change is None:
        del copy.files[path]
    else:
        copy.files[path] = change(copy.files[path])
    report = verify_copy(copy.fetch, policy())
    assert (report.verdict, report.exit_code) == ("FAIL", 1)
    assert path.split(".")[0] in report.lines[-1][1]


def test_a_copy_under_another_checkpoint_fails() -> None:
    copy = Log(OPEN_LOG.entries)
    copy.files["checkpoint"] = copy.sign(Checkpoint(RECORD, 300, bytes(32)))
    report = verify_copy(copy.fetch, policy())
    assert "another root" in report.lines[-1][1]
    copy.files["checkpoint"] = OPEN_LOG.note
    assert verify_copy(copy.fetch, policy(threshold=3)).verdict == "FAIL"


def test_entries_that_are_not_of_their_log_are_counted_and_the_first_is_named() -> None:
    bad = [*_open_entries(2), b"{}", canonical.encode({"kind": "no.such"}), b"\x01" + bytes(32)]
    report = verify_copy(Log(bad).fetch, policy())
    assert report.lines[1] == ("kinds", "2 of 5 well formed; 1 unknown")
    assert report.lines[2][0] == "FAIL"
    assert report.lines[2][1].startswith("entry 2: ")
    report = verify_copy(Log([*sealed_entries(3), b"{}"], REGISTER).fetch, policy(REGISTER))
    assert report.lines[1:] == (
        ("kinds", "3 of 4 well formed; 0 unknown"),
        ("FAIL", "entry 3: not a sealed entry of 33 bytes"),
    )


def test_the_empty_log_is_a_whole_copy() -> None:
    report = verify_copy(Log([]).fetch, policy())
    assert report.lines[0][1] == "0 hashed, 0 tiles and 0 bundles equal, root equal"


def test_a_folder_that_is_no_log() -> None:
    def absent(path: str) -> bytes:
        raise FileNotFoundError(path)

    with pytest.raises(TileError, match="no checkpoint"):
        verify_copy(absent, policy())
    with pytest.raises(TileError, match="no checkpoint"):
        verify_range(absent, policy(), 0, 1)


def test_a_malformed_checkpoint_is_malformed_and_not_false() -> None:
    copy = Log(OPEN_LOG.entries)
    copy.files["checkpoint"] = b"nonsense"
    with pytest.raises(AnswerableError) as caught:
        verify_copy(copy.fetch, policy())
    assert caught.value.exit_code == 2
    with pytest.raises(AnswerableError) as caught:
        verify_range(copy.fetch, policy(), 0, 1)
    assert caught.value.exit_code == 2


def test_a_range_is_bound_to_the_root_by_few_tiles() -> None:
    report = verify_range(OPEN_LOG.fetch, policy(), 250, 300)
    assert report.lines == (("entries", "50 hashed and bound to the root by 3 tiles"), ("PASS", ""))
    assert report.data["tiles"] == 3


@pytest.mark.parametrize(("start", "stop"), [(0, 301), (5, 5), (7, 6), (300, 301)])
def test_ranges_that_the_log_does_not_have(start: int, stop: int) -> None:
    with pytest.raises(TileError, match="the log has entries 0 to 300"):
        verify_range(OPEN_LOG.fetch, policy(), start, stop)


def test_a_range_with_a_changed_entry_fails_and_another_does_not_notice() -> None:
    copy = Log(OPEN_LOG.entries)
    copy.files["tile/entries/000"] = _flip(copy.files["tile/entries/000"])
    assert verify_range(copy.fetch, policy(), 0, 10).verdict == "FAIL"
    assert verify_range(copy.fetch, policy(), 256, 300).verdict == "PASS"
    assert verify_range(copy.fetch, policy(threshold=3), 256, 300).verdict == "FAIL"


def test_one_policy_may_cover_both_logs() -> None:
    lines = policy_text(REGISTER).split("\n")[:2] + policy_text().split("\n")
    both = Policy.parse("\n".join(lines))
    for log in ROLES.values():
        assert verify_copy(log.fetch, both).verdict == "PASS"


def test_words_for_times_and_hashes() -> None:
    assert moment(1_700_000_000) == "2023-11-14T22:13:20Z"
    assert moment((1 << 63) - 1) == "9223372036854775807 seconds after 1970"
    assert short(bytes.fromhex("5be0" + "00" * 29 + "91")) == "5be0…91"


def test_reports_are_plain_data() -> None:
    reports: list[Any] = [
        verify_receipt(OPEN_LOG.receipt(1).to_bytes(), policy()),
        verify_copy(OPEN_LOG.fetch, policy()),
        _ack(b"absent", 5),
    ]
    for report in reports:
        assert json.loads(json.dumps(report.data))["verdict"] == report.verdict


def test_one_is_singular() -> None:
    report = verify_copy(Log(_open_entries(1)).fetch, policy())
    assert report.lines[0][1] == "1 hashed, 1 tile and 1 bundle equal, root equal"
