"""The door's parts by themselves: whatever bytes come, they decide, refuse, or answer; nothing else."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from answerable.intake.door import channel, heads, paths
from answerable.intake.door.answers import refusal, written
from answerable.intake.door.heads import Collector, RefusedError
from answerable.intake.door.sessions import LONGEST, SMALL, SessionError, Sessions, Table

LIMITS = {"longest": 4096, "fields": 20, "body": 1000}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def table(clock: Clock | None = None, **limits: int) -> Table:
    return Table(clock or Clock(), **{"seconds": 1800, "kept": 300, "most_bytes": 1 << 20, **limits})


@given(st.binary(min_size=paths.ENOUGH, max_size=60))
def test_enough_bytes_always_decide(first: bytes) -> None:
    assert paths.way(first) is not None


@given(
    st.sampled_from(["POST", "PUT", "GET"]),
    st.text("abc/?%.", max_size=20),
    st.sampled_from(["1.0", "1.1"]),
    st.binary(min_size=1, max_size=30),
)
def test_what_is_peeked_at_never_reaches_a_body(method: str, path: str, version: str, body: bytes) -> None:
    # Given the shortest request that can have a body at all
    head = f"{method} /{path} HTTP/{version}\r\nContent-Length:{len(body)}\r\n\r\n".encode()
    # Then what decides about it lies within its head
    assert len(head) > paths.ENOUGH


@given(st.integers(0, 30), st.sampled_from(["POST /report/ HTTP/1.1", "GET /api/readers/ H", "GET /how HTTP/1.1"]))
def test_a_decision_never_changes_with_more_bytes(cut: int, line: str) -> None:
    early = paths.way(line.encode()[:cut])
    assert early is None or early is paths.way(line.encode())


@pytest.mark.parametrize(
    "line",
    [
        "GET /api",
        "POST /",
        "GET /report/",
        "GET /how",
        "POST /how/ ",
        "PUT /static/",
        "GET /how/x",
        "GET //api/",
        "get /api/x",
        "GET /%61pi/",
        "GET http://x/api/",
        "PRI * HTTP/2.0",
        "\x16\x03\x01\x02",
        "GET /leave/../box",
    ],
)
def test_everything_else_goes_to_a_child(line: str) -> None:
    assert paths.way(line.encode("latin-1").ljust(paths.ENOUGH, b"!")) is paths.Way.ONE_SHOT


@given(st.binary(max_size=300))
def test_any_bytes_as_a_head_are_parsed_or_refused(data: bytes) -> None:
    with_end = data.replace(heads.END, b"") + heads.END
    try:
        found: heads.Head | RefusedError = heads.parse(with_end, **LIMITS)
    except RefusedError as refused:
        found = refused
    if isinstance(found, RefusedError):
        assert refusal(found).startswith(b"HTTP/1.1 4")
    else:
        assert found.path.startswith("/")


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_a_collector_takes_the_head_and_no_byte_more(head: bytes, after: bytes) -> None:
    whole = head.replace(b"\r\n\r\n", b"").rstrip(b"\r\n") + heads.END
    stream = whole + after
    collector = Collector(4096)
    place = 0
    while wanted := collector.wanted():
        collector.add(stream[place : place + wanted])
        place += wanted
    assert bytes(collector.data) == whole


def test_a_head_without_end_is_refused() -> None:
    collector = Collector(100)
    for _ in range(25):
        collector.add(b"x" * collector.wanted())
    with pytest.raises(RefusedError, match="too long"):
        collector.add(b"x")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=LONGEST))
def test_a_session_is_read_as_it_was_written(cookie: bytes, secret: bytes) -> None:
    sessions = Sessions(table())
    sessions.write(cookie, secret)
    assert sessions.read(cookie) == secret
    assert sessions.read(secrets.token_bytes(32)) is None
    sessions.drop(cookie)
    assert sessions.read(cookie) is None


def test_what_the_parent_keeps_holds_neither_cookie_nor_secret_nor_its_length() -> None:
    kept: dict[bytes, bytes] = {}

    class Store:
        def get(self, digest: bytes) -> bytes | None:
            return kept.get(digest)

        def put(self, digest: bytes, sealed: bytes) -> None:
            kept[digest] = sealed

        def drop(self, digest: bytes) -> None:
            kept.pop(digest)

    sessions = Sessions(Store())
    one, two = secrets.token_bytes(32), secrets.token_bytes(32)
    sessions.write(one, b"short")
    sessions.write(two, b"a much longer secret of many words")
    everything = b"".join(kept) + b"".join(kept.values())
    assert not [word for word in (one, two, b"short", b"secret") if word in everything]
    assert len({len(sealed) for sealed in kept.values()}) == 1
    # And a session moved under another cookie's name does not open
    first, second = kept
    kept[second] = kept[first]
    assert sessions.read(two) is None
    kept[first] = b"x"
    assert sessions.read(one) is None


@pytest.mark.parametrize(("cookie", "secret"), [(b"short", b""), (bytes(33), b""), (bytes(32), bytes(LONGEST + 1))])
def test_what_is_no_session_is_refused(cookie: bytes, secret: bytes) -> None:
    sessions = Sessions(table())
    with pytest.raises(SessionError):
        sessions.write(cookie, secret)
    assert sessions.read(b"short") is None
    sessions.drop(b"short")


def test_a_session_ends_half_an_hour_after_its_last_use() -> None:
    clock = Clock()
    found = table(clock)
    found.put(b"a", b"1")
    found.put(b"b", b"2")
    clock.now = 1700
    assert found.get(b"a") == b"1"
    clock.now = 1900
    assert (found.get(b"a"), found.get(b"b"), len(found)) == (b"1", None, 1)
    clock.now = 3701
    found.sweep()
    assert len(found) == 0


def test_the_table_is_bounded_and_the_longest_unused_make_room() -> None:
    clock = Clock()
    found = table(clock, most_bytes=2 * SMALL)
    for name in (b"a", b"b"):
        found.put(name, b"x")
    clock.now += 301
    assert found.get(b"a") is not None
    found.put(b"c", b"x")
    assert (found.get(b"a"), found.get(b"b"), found.get(b"c")) == (b"x", None, b"x")


NAMES = st.sampled_from([b"%d" % one for one in range(40)])


class SessionsMachine(RuleBasedStateMachine):
    """Whatever is done to a table: its bytes are those of what it holds, and within its bound; nothing small that was
    used a moment before is missing, unless it was dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.table = table(self.clock, most_bytes=20 * SMALL)
        self.held: dict[bytes, tuple[float, bytes]] = {}

    @rule(name=NAMES, size=st.sampled_from([10, SMALL, SMALL + 1, 60_000]))
    def put(self, name: bytes, size: int) -> None:
        try:
            self.table.put(name, bytes(size))
            self.held[name] = (self.clock.now, bytes(size))
        except SessionError:
            # What is small is refused only where there was nothing small in its place
            before = self.held.pop(name, (0.0, b""))[1]
            assert not before or max(len(before), size) > SMALL or self.table.get(name) is None

    @rule(name=NAMES)
    def drop(self, name: bytes) -> None:
        self.table.drop(name)
        self.held.pop(name, None)

    @rule(seconds=st.sampled_from([1, 200, 1700]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @invariant()
    def is_whole(self) -> None:
        table = self.table
        inside = {**table._small, **table._large}
        assert len(table) == len(inside)
        assert table._bytes == sum(max(SMALL, len(sealed)) for _, sealed in inside.values()) <= 20 * SMALL
        for name, (used, sealed) in self.held.items():
            if len(sealed) <= SMALL and used > self.clock.now - 300:
                assert inside[name][1] == sealed


TestSessions = SessionsMachine.TestCase
TestSessions.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


@given(st.binary(max_size=200))
def test_any_message_to_the_parent_gets_one_answer(message: bytes) -> None:
    assert channel.served(table(), message)[:1] in (b"+", b"-")


def test_an_answer_with_a_line_break_in_a_field_is_not_sent() -> None:
    with pytest.raises(ValueError, match="line break"):
        written(200, [("X", "a\r\nSet-Cookie: b")], b"")
