"""A witness's decisions and what it remembers, against its database."""

from __future__ import annotations

import hashlib
import threading

import pytest
from django.db import DatabaseError, connections
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.ledger.network_errors import WitnessError
from answerable.ledger.witness import actions, folder, models, views
from answerable.record.note import COSIGNATURE, Checkpoint, Note, SigningKey, sign_checkpoint, verify_note
from answerable.record.tree import EMPTY_ROOT
from answerable.record.witnessing import Request
from tests.ledger.small_log import ORIGIN, SmallLog, log_keys, seed, witness_keys

pytestmark = [pytest.mark.django_db(databases=["default", "witness"]), pytest.mark.database]
KEYS = witness_keys("witness.example/cs1")
NOW = 1_800_000_000


@pytest.fixture
def log() -> SmallLog:
    log = SmallLog().grow(5)
    actions.add_log(ORIGIN, [key.verifier for key in log.keys])
    return log


def ask(request: bytes, now: int = NOW) -> tuple[int, bytes]:
    outcome = actions.add_checkpoint(request, KEYS, now)
    return outcome.status, outcome.body


def check_lines(body: bytes, log: SmallLog, time: int) -> None:
    note = Note.parse(log.checkpoint().text().encode() + b"\n" + body)
    assert [(v.key, v.time) for v in verify_note(note, [key.verifier for key in KEYS])] == [
        (key.verifier, time) for key in KEYS
    ]


def test_a_log_that_grows_is_cosigned_with_both_keys(log: SmallLog) -> None:
    for old, count in ((0, 0), (5, 1), (6, 300), (306, 0)):
        log.grow(count)
        status, body = ask(log.request(old), NOW + old)
        assert status == 200
        check_lines(body, log, NOW + old)
    row = models.Log.objects.get()
    assert (row.size, row.root, row.time) == (306, log.edge.root().hex(), NOW + 306)


def test_the_outcome_says_what_the_operator_reads(log: SmallLog) -> None:
    assert actions.add_checkpoint(log.request(0), KEYS, NOW).line() == f"200       {ORIGIN}  0 -> 5"
    fork = SmallLog().grow(5, "other").grow(1)
    lines = [actions.add_checkpoint(fork.request(5), KEYS, NOW).line() for _ in range(2)]
    assert lines[0].startswith(f"422       {ORIGIN}  refused: not an extension of 5; evidence ")
    assert lines[0].endswith(" kept")
    assert lines[1].endswith(" was kept before")


def test_each_refusal_has_the_status_of_the_specification(log: SmallLog) -> None:
    stranger = SmallLog("elsewhere.example/log").grow(3)
    other_key = SmallLog(keys=log_keys(salt="other")).grow(5)
    assert ask(stranger.request(0))[0] == 404
    assert ask(other_key.request(0))[0] == 403
    assert ask(log.request(6))[0] == 400
    assert ask(log.request(3)) == (409, b"0\n")
    assert ask(log.request(0))[0] == 200
    assert ask(log.request(0)) == (409, b"5\n")
    assert ask(b"old 00\n\n")[0] == 400
    assert ask(b"")[0] == 400
    assert models.Evidence.objects.count() == 0


def test_a_trusted_keys_bad_line_rejects_the_whole_checkpoint(log: SmallLog) -> None:
    note = Note.parse(log.note())
    bad = note.signatures[1]._replace(raw=bytes(len(note.signatures[1].raw)))
    broken = Note(note.text, (note.signatures[0], bad)).to_bytes()
    assert ask(log.request(0, broken))[0] == 403


def test_lines_of_unknown_keys_are_ignored_and_not_repeated(log: SmallLog) -> None:
    stranger = SigningKey.generate("stranger.example", COSIGNATURE, seed("s"))
    note = log.note(cosigners=(stranger,))
    assert ask(log.request(0, note))[0] == 200
    stored = models.Log.objects.get().note
    assert stored is not None
    assert {line.name for line in Note.parse(stored.encode()).signatures} == {ORIGIN, "witness.example/cs1"}


def test_a_second_history_is_refused_and_kept_as_evidence(log: SmallLog) -> None:
    assert ask(log.request(0))[0] == 200
    fork = SmallLog().grow(5, "other")
    assert ask(fork.request(5))[0] == 422
    request = fork.grow(4).request(5)
    assert ask(request)[0] == 422
    [same_size, larger] = models.Evidence.objects.order_by("pk")
    assert (same_size.size, same_size.recorded_size, larger.size) == (5, 5, 9)
    assert bytes(larger.request) == request
    assert Checkpoint.parse(Note.parse(same_size.recorded_note.encode()).text).root == log.edge.root()
    assert models.Log.objects.get().size == 5
    status, body = ask(log.grow(1).request(5))
    assert status == 200
    check_lines(body, log, NOW)


def test_evidence_is_kept_once_per_head_and_never_without_the_logs_signature(log: SmallLog) -> None:
    assert ask(log.request(0))[0] == 200
    fork = SmallLog().grow(7, "other")
    assert [ask(fork.request(5))[0] for _ in range(3)] == [422] * 3
    unsigned_fork = SmallLog(keys=log_keys(salt="other")).grow(8, "other")
    assert ask(unsigned_fork.request(5))[0] == 403
    assert models.Evidence.objects.count() == 1


def test_evidence_has_a_limit(log: SmallLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MAX_EVIDENCE", 2)
    assert ask(log.request(0))[0] == 200
    for size in (6, 7, 8):
        assert ask(SmallLog().grow(size, "other").request(5))[0] == 422
    assert models.Evidence.objects.count() == 2


def test_a_clock_behind_its_own_last_cosignature_signs_nothing(log: SmallLog) -> None:
    assert ask(log.request(0), NOW)[0] == 200
    status, body = ask(log.grow(1).request(5), NOW - 1)
    assert status == 500
    assert b"clock" in body
    assert "\N{EM DASH}".encode() not in body
    assert models.Log.objects.get().size == 5
    assert ask(log.request(5), NOW)[0] == 200


def test_a_clock_at_the_epoch_signs_nothing(log: SmallLog) -> None:
    assert ask(log.request(0), 0)[0] == 500
    assert models.Log.objects.get().size is None


def test_an_empty_log_has_the_empty_root_only(log: SmallLog) -> None:
    empty = SmallLog()
    assert ask(empty.request(0))[0] == 200
    wrong = Checkpoint(ORIGIN, 0, bytes(32))
    note = Note(wrong.text(), (sign_checkpoint(wrong, empty.keys[0], None),)).to_bytes()
    assert empty.edge.root() == EMPTY_ROOT
    assert ask(Request(0, (), note).to_bytes())[0] == 422


def test_extension_lines_are_cosigned_only_where_a_log_may_have_them(log: SmallLog) -> None:
    checkpoint = Checkpoint(ORIGIN, 5, log.edge.root(), ("more",))
    note = Note(checkpoint.text(), (sign_checkpoint(checkpoint, log.keys[0], None),)).to_bytes()
    assert ask(log.request(0, note))[0] == 400
    actions.add_log(ORIGIN, [log.keys[0].verifier], allow_extensions=True)
    assert ask(log.request(0, note))[0] == 200


def test_a_lost_race_is_a_conflict_with_the_winners_size(log: SmallLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given two requests from the same record, when the other commits in between, then this one gets 409."""
    longer = SmallLog().grow(8)
    real = actions.cosign

    def slow(*arguments: object) -> object:
        monkeypatch.setattr(actions, "cosign", real)
        assert ask(longer.request(0))[0] == 200
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "cosign", slow)
    assert ask(log.request(0)) == (409, b"8\n")
    assert models.Log.objects.get().size == 8


def test_a_log_may_be_given_another_key_and_never_a_witnesss(log: SmallLog) -> None:
    new = log_keys(salt="new")
    assert actions.add_log(ORIGIN, [new[0].verifier, log.keys[0].verifier]) == [new[0].verifier]
    assert ask(SmallLog(keys=new[:1]).grow(5).request(0))[0] == 200
    with pytest.raises(WitnessError, match="0x04"):
        actions.add_log(ORIGIN, [KEYS[0].verifier])
    with pytest.raises(WitnessError, match="at most 255"):
        actions.add_log("o" * 256, [log.keys[0].verifier])


def test_state_is_required_and_never_made_by_asking_for_it() -> None:
    with pytest.raises(WitnessError) as refused:
        actions.require_state("token")
    # On a server it may only be another database than the one it was made in: nobody retires a witness for that
    on_server = connections["witness"].vendor == "postgresql"
    assert ("Unset DATABASE_URL" if on_server else "the state of this witness is gone") in str(refused.value)
    actions.create("witness.example/cs1", "token")
    actions.require_state("token")
    with pytest.raises(WitnessError, match="another witness"):
        actions.require_state("other")
    with pytest.raises(WitnessError, match="already"):
        actions.create("witness.example/cs2", "other")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), cut=st.integers(0, 400))
def test_any_bytes_are_answered(log: SmallLog, data: bytes, cut: int) -> None:
    request = SmallLog().grow(5).request(0)
    for body in (data, request[:cut] + data, data + request[cut:]):
        if body != request:
            status, _ = ask(body)
            assert status in (200, 400, 403, 404, 409, 422)


# Over Django's own request handling


@pytest.fixture
def client(log: SmallLog, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(views, "_witness", lambda: folder.Folder(None, "w", "", KEYS))  # type: ignore[arg-type]
    with override_settings(ROOT_URLCONF="answerable.ledger.witness.urls", MIDDLEWARE=[]):
        yield Client(raise_request_exception=False)  # type: ignore[misc]


def post(client: Client, body: bytes) -> object:
    return client.post("/add-checkpoint", body, content_type="text/plain")


def test_answers_have_the_types_of_the_specification(client: Client, log: SmallLog) -> None:
    name = hashlib.sha256(ORIGIN.encode()).hexdigest()
    assert client.get(f"/{name}/checkpoint").status_code == 404
    assert post(client, log.request(0)).status_code == 200  # type: ignore[attr-defined]
    conflict = post(client, log.request(0))
    assert conflict.status_code == 409  # type: ignore[attr-defined]
    assert (conflict.content, conflict["Content-Type"]) == (b"5\n", "text/x.tlog.size")  # type: ignore[attr-defined, index]
    latest = client.get(f"/{name}/checkpoint")
    assert latest["Cache-Control"] == "no-store"
    note = Note.parse(latest.content)
    assert note.text == log.checkpoint().text()
    assert len(verify_note(note, [key.verifier for key in (*log.keys, *KEYS)])) == 4
    for path in ("/", "/checkpoint", f"/{name.upper()}/checkpoint", f"/{name}/checkpoint/"):
        assert client.get(path).status_code == 404
    assert client.get("/add-checkpoint").status_code == 405
    assert client.post(f"/{name}/checkpoint").status_code == 405


def test_a_body_too_long_is_refused_before_it_is_parsed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "decide", lambda *_: pytest.fail("parsed"))
    assert post(client, b"a" * (512 * 1024 + 1)).status_code == 400  # type: ignore[attr-defined]


def test_a_record_that_cannot_be_written_means_no_cosignature(
    client: Client, log: SmallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> object:
        raise DatabaseError("disk full")

    monkeypatch.setattr(actions, "cosigned", full)
    answer = post(client, log.request(0))
    assert answer.status_code == 500  # type: ignore[attr-defined]
    assert "\N{EM DASH}".encode() not in answer.content  # type: ignore[attr-defined]


@pytest.mark.django_db(databases=["default", "witness"], transaction=True)
def test_of_two_requests_at_once_one_is_cosigned_and_one_is_a_conflict(log: SmallLog) -> None:
    """Given one record, when eight requests from it arrive together, then exactly one is cosigned."""
    requests = [SmallLog().grow(5 + n).request(0) for n in range(8)]
    start, statuses = threading.Barrier(8), []

    def run(request: bytes) -> None:
        start.wait()
        try:
            statuses.append(ask(request)[0])
        except DatabaseError:
            statuses.append(500)  # as the view answers when the database is locked: nothing was committed
        finally:
            connections["witness"].close()

    threads = [threading.Thread(target=run, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 8
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 500}
