"""Asking witnesses that are honest, behind, ahead, slow, lying, hostile or gone: each costs only itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.ledger import asking
from answerable.ledger.asking import Answer, Asker
from answerable.ledger.network_errors import AskingError, FetchError
from answerable.ledger.wire import Response
from answerable.record.note import Checkpoint, Note, SigningKey, sign_checkpoint, verify_note
from answerable.record.policy import Policy
from answerable.record.witnessing import LogRule, Recorded, decide
from answerable.record.witnessing import Request as WitnessRequest

from .peers import Peer, Request, Script, drip, flood, hang_up, reply, serving, stuck
from .small_log import ORIGIN, SmallLog, log_keys, witness_keys

NOW = 1_800_000_000


class Honest:
    """A witness in a few lines: it decides by the record's own rule and remembers in memory."""

    def __init__(self, name: str, size: int = 0, root: bytes = b"", at: int = NOW) -> None:
        self.keys = witness_keys(name)
        self.recorded = Recorded(size, root, at) if size else None
        self.note: bytes | None = None
        self.at = at

    def __call__(self, request: Request) -> bytes:
        if request.method == "GET":
            return reply(404) if self.note is None else reply(200, self.note)
        rule = LogRule(ORIGIN, tuple(key.verifier for key in log_keys()))
        decision = decide(request.body, lambda o: rule if o == ORIGIN else None, lambda _: self.recorded)
        if decision.status != 200 or decision.checkpoint is None:
            return reply(decision.status, decision.body, "text/x.tlog.size")
        self.recorded = Recorded(decision.checkpoint.size, decision.checkpoint.root, self.at)
        self.note = WitnessRequest.parse(request.body).checkpoint
        lines = [sign_checkpoint(decision.checkpoint, key, self.at) for key in self.keys]
        return reply(200, "".join(line.line() for line in lines).encode())


def policy_of(*witnesses: tuple[str, str]) -> Policy:
    """Each witness of (name, URL) with two keys, of which only the first names the URL."""
    lines = [f"log {log_keys()[0].verifier}"]
    for name, url in witnesses:
        ed, pq = witness_keys(f"witness.example/{name}")
        lines += [f"witness {name}-ed {ed.verifier} {url}", f"witness {name}-pq {pq.verifier}"]
        lines += [f"group {name} any {name}-ed {name}-pq"]
    lines += [f"group all {len(witnesses)} " + " ".join(name for name, _ in witnesses), "quorum all"]
    return Policy.parse("\n".join(lines) + "\n")


def ask_one(script: Script, log: SmallLog, old: int = 0, timeout: float = 5) -> tuple[Answer, Peer]:
    with serving(script) as peer, Asker(policy_of(("w", peer.url)), timeout=timeout) as asker:
        [answer] = asker.ask(log.note(), {"w-ed": old}, log.proof, NOW)
        return answer, peer


@pytest.fixture
def log() -> SmallLog:
    return SmallLog().grow(5)


def valid(answer: Answer, log: SmallLog) -> list[int]:
    """The types of the keys whose lines verify, checked against the log's own text."""
    note = Note(log.checkpoint().text(), tuple(c.signature for c in answer.signatures))
    verified = verify_note(note, [c.key for c in answer.signatures])
    assert [(v.key, v.time) for v in verified] == [(c.key, c.time) for c in answer.signatures]
    return [v.key.type for v in verified]


def test_an_honest_witness_cosigns_with_both_its_keys_in_one_request(log: SmallLog) -> None:
    answer, peer = ask_one(Honest("witness.example/w"), log)
    assert (answer.status, answer.alarm, answer.requests) == (200, None, 1)
    assert (answer.name, answer.names) == ("w-ed", ("w-ed", "w-pq"))
    assert valid(answer, log) == [0x04, 0x06]
    assert [(r.method, r.path) for r in peer.requests] == [("POST", "/add-checkpoint")]


def test_connections_are_kept_between_rounds(log: SmallLog) -> None:
    with serving(Honest("witness.example/w")) as peer, Asker(policy_of(("w", peer.url + "/"))) as asker:
        for old, grow in ((0, 0), (5, 3), (8, 300)):
            [answer] = asker.ask(log.grow(grow).note(), {"w-ed": old}, log.proof, NOW)
            assert valid(answer, log) == [0x04, 0x06]
        assert (len(peer.requests), peer.connections) == (3, 1)


def test_a_witness_elsewhere_than_believed_is_asked_once_more_from_there(log: SmallLog) -> None:
    log.grow(10)
    behind = Honest("witness.example/w", 7, SmallLog().grow(7).edge.root())
    for believed in (0, 3, 15, 99):
        behind.recorded = Recorded(7, SmallLog().grow(7).edge.root(), NOW)
        answer, peer = ask_one(behind, log, old=believed)
        assert (answer.status, answer.requests, len(peer.requests)) == (200, 2, 2)
        assert valid(answer, log) == [0x04, 0x06]


def test_proofs_are_built_in_the_callers_thread_and_once_per_size(log: SmallLog) -> None:
    log.grow(10)
    root = SmallLog().grow(7).edge.root()
    asked: list[tuple[int, threading.Thread]] = []

    def proof_for(old: int) -> list[bytes]:
        asked.append((old, threading.current_thread()))
        return log.proof(old)

    with ExitStack() as stack:
        peers = [stack.enter_context(serving(Honest(f"witness.example/w{n}", 7, root))) for n in range(4)]
        policy = policy_of(*((f"w{n}", peer.url) for n, peer in enumerate(peers)))
        answers = stack.enter_context(Asker(policy)).ask(log.note(), {}, proof_for, NOW)
    assert [a.status for a in answers] == [200] * 4
    assert asked == [(7, threading.current_thread())]


def test_a_witness_ahead_of_us_is_an_alarm_and_not_asked_again(log: SmallLog) -> None:
    answer, peer = ask_one(Honest("witness.example/w", 9, bytes(32)), log)
    assert (answer.status, answer.size, answer.signatures, len(peer.requests)) == (409, 9, (), 1)
    assert answer.alarm == "claims to have cosigned size 9, above ours, 5"


def test_a_witness_with_another_history_is_an_alarm(log: SmallLog) -> None:
    for root in (bytes(32), SmallLog().grow(5, "other").edge.root()):
        answer, _ = ask_one(Honest("witness.example/w", 5, root), log, old=5)
        assert (answer.status, answer.signatures) == (422, ())
        assert "does not extend" in (answer.alarm or "")
    answer, peer = ask_one(lambda _: reply(409, b"5\n"), log, old=5)
    assert (answer.status, answer.size, len(peer.requests)) == (409, 5, 1)
    assert answer.alarm is not None


def test_a_witness_that_changes_its_mind_is_asked_twice_at_most(log: SmallLog) -> None:
    sizes = iter([b"3\n", b"2\n", b"1\n"])
    answer, peer = ask_one(lambda _: reply(409, next(sizes)), log)
    assert (answer.status, answer.size, len(peer.requests)) == (409, 2, 2)
    assert answer.alarm is not None


def cosign_with(
    change: Callable[[Checkpoint], Checkpoint] = lambda c: c, at: int = NOW, keys: tuple[SigningKey, ...] | None = None
) -> Script:
    def script(request: Request) -> bytes:
        checkpoint = Checkpoint.parse(Note.parse(WitnessRequest.parse(request.body).checkpoint).text)
        signing = keys if keys is not None else witness_keys("witness.example/w")
        lines = [sign_checkpoint(change(checkpoint), key, at) for key in signing]
        return reply(200, "".join(line.line() for line in lines).encode())

    return script


@pytest.mark.parametrize(
    ("script", "alarm"),
    [
        (cosign_with(lambda c: Checkpoint(c.origin, c.size, bytes(32))), "is bad"),
        (cosign_with(lambda c: Checkpoint(c.origin, c.size + 1, c.root)), "is bad"),
        (cosign_with(at=NOW + 301), "301 s ahead of our clock"),
        (cosign_with(at=2**62), "ahead of our clock"),
        (cosign_with(at=0), "has no time"),
        (cosign_with(keys=witness_keys("witness.example/other")), "no key that the policy names"),
        (cosign_with(keys=(log_keys()[1],)), "no key that the policy names"),
        (lambda _: reply(200, b""), "no signature lines"),
        (lambda _: reply(200, b"\xff\n"), "no signature lines"),
        (lambda _: reply(200, b"<html>hello</html>\n"), "no signature lines"),
        (lambda _: reply(409, b"five\n"), "and not which"),
        (lambda _: reply(409, b"5"), "and not which"),
        (lambda _: reply(409, b"05\n"), "and not which"),
        (lambda _: reply(409, b"99999999999999999999\n"), "and not which"),
        (lambda _: reply(422, b"no \x1b[31m\n"), "does not extend what it cosigned: no \N{REPLACEMENT CHARACTER}[31m"),
    ],
)
def test_a_witness_that_lies_is_an_alarm_and_gives_nothing(log: SmallLog, script: Script, alarm: str) -> None:
    answer, _ = ask_one(script, log)
    assert answer.signatures == ()
    assert alarm in (answer.alarm or "")


def test_a_good_line_counts_beside_a_bad_one(log: SmallLog) -> None:
    ed, pq = witness_keys("witness.example/w")
    good, bad = log.checkpoint(), Checkpoint(ORIGIN, 5, bytes(32))
    lines = sign_checkpoint(good, ed, NOW).line() + sign_checkpoint(bad, pq, NOW).line()
    answer, _ = ask_one(lambda _: reply(200, lines.encode()), log)
    assert [c.key for c in answer.signatures] == [ed.verifier]
    assert "is bad" in (answer.alarm or "")


def test_times_within_five_minutes_count_and_unknown_lines_are_ignored(log: SmallLog) -> None:
    keys = (*witness_keys("witness.example/other"), *witness_keys("witness.example/w"))
    answer, _ = ask_one(cosign_with(at=NOW + 300, keys=keys), log)
    assert (valid(answer, log), answer.alarm) == ([0x04, 0x06], None)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(400, b"why"), "400"),
        (reply(403), "does not trust the log's keys"),
        (reply(404), "does not know the log"),
        (reply(500), "out of order"),
        (
            reply(302, b"", "text/plain", "Location: http://elsewhere.example/"),
            "redirects to http://elsewhere.example/",
        ),
        (stuck(b""), "no complete answer within 0.4 s"),
        (stuck(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab"), "no complete answer"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), "no complete answer"),
        (flood(b"HTTP/1.1 200 OK\r\n\r\n"), "more than 524,288 bytes"),
        (hang_up(b""), "no answer"),
        (hang_up(b"\x16\x03\x01\r\n"), "no answer"),
    ],
)
def test_a_witness_out_of_order_gives_no_alarm_and_costs_no_time(log: SmallLog, answer: object, says: str) -> None:
    began = time.monotonic()
    got, _ = ask_one(lambda _: answer, log, timeout=0.4)  # type: ignore[arg-type, return-value]
    assert (got.signatures, got.alarm) == ((), None)
    assert says in (got.detail or "")
    assert time.monotonic() - began < 2


def test_bad_witnesses_cost_only_their_own_cosignatures_and_all_are_asked_at_once(log: SmallLog) -> None:
    """Given three good witnesses among five that are stuck, lying or gone, then three cosignatures come in one time."""
    with ExitStack() as stack:
        scripts: list[Script] = [Honest(f"witness.example/w{n}") for n in range(3)]
        scripts += [lambda _: stuck(b"")] * 3 + [lambda _: reply(422), lambda _: flood(b"HTTP/1.1 200 OK\r\n\r\n")]
        peers = [stack.enter_context(serving(script)) for script in scripts]
        policy = policy_of(*((f"w{n}", peer.url) for n, peer in enumerate(peers)))
        asker = stack.enter_context(Asker(policy, timeout=0.5))
        began = time.monotonic()
        answers = asker.ask(log.note(), {}, log.proof, NOW)
        took = time.monotonic() - began
    assert [bool(a.signatures) for a in answers] == [True] * 3 + [False] * 5
    assert took < 1.4  # three stuck in turn would take 1.5 s
    assert policy.blocking(name for a in answers if not a.status for name in a.names)


def test_a_thread_that_never_comes_back_does_not_hold_the_round(log: SmallLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a name that resolves for ever, when asked, then the round ends and the next one works."""
    release = threading.Event()
    with serving(Honest("witness.example/w")) as peer, Asker(policy_of(("w", peer.url)), timeout=0.2) as asker:

        def never(*_: object, **__: object) -> Response:
            release.wait(30)
            raise FetchError("too late")

        monkeypatch.setattr(asking.Peer, "post", never)
        [answer] = asker.ask(log.note(), {}, log.proof, NOW)
        assert (answer.status, answer.detail) == (0, "no answer within 0.2 s")
        monkeypatch.undo()
        [answer] = asker.ask(log.note(), {}, log.proof, NOW)
        assert answer.status == 200
        release.set()


def test_what_witnesses_cosigned_last_is_read_for_boot(log: SmallLog) -> None:
    honest = Honest("witness.example/a")
    honest.note = log.note()
    with (
        serving(honest) as a,
        serving(Honest("witness.example/b")) as b,
        serving(lambda _: reply(500)) as c,
        serving(lambda _: stuck(b"")) as d,
    ):
        policy = policy_of(("a", "http://127.0.0.1:1"), ("b", b.url), ("c", c.url), ("d", d.url))
        with Asker(policy, {"a-ed": a.url + "/read"}, timeout=0.3) as asker:
            latest = asker.latest(ORIGIN)
        assert [(x.name, x.status, x.checkpoint) for x in latest] == [
            ("a-ed", 200, honest.note),
            ("b-ed", 404, None),
            ("c-ed", 500, None),
            ("d-ed", 0, None),
        ]
        assert a.requests[0].path.startswith("/read/")
        assert a.requests[0].path.endswith("/checkpoint")
        assert len(a.requests[0].path.split("/")[2]) == 64


def test_settings_that_cannot_be_used_are_refused_at_once() -> None:
    with pytest.raises(AskingError, match="no witness nobody"):
        Asker(policy_of(("w", "http://127.0.0.1:1")), {"nobody": "http://127.0.0.1:2"})
    with pytest.raises(AskingError, match="witness w-ed"):
        Asker(policy_of(("w", "http://127.0.0.1:1")), {"w-pq": "ftp://127.0.0.1"})


def test_a_policy_without_witnesses_asks_nobody(log: SmallLog) -> None:
    with Asker(Policy.parse(f"log {log_keys()[0].verifier}\nquorum none\n")) as asker:
        assert asker.ask(log.note(), {}, log.proof, NOW) == []
        assert asker.latest(ORIGIN) == []


@settings(max_examples=300, deadline=None)
@given(status=st.integers(200, 599), body=st.binary(max_size=200))
def test_any_answer_becomes_an_answer(status: int, body: bytes) -> None:
    log = SmallLog().grow(5)
    with Asker(policy_of(("w", "http://127.0.0.1:1"))) as asker:
        answer = asking._judge(asker._witnesses[0], Response(status, "", body), log.checkpoint(), NOW)
    assert answer.signatures == ()
    assert answer.alarm or answer.detail
