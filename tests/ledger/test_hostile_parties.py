"""A party that lies, floods, locks, vanishes or speaks for the log: its rows are its own trouble, and nobody else's."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections

from answerable.ledger import databases, outboxes
from answerable.ledger.actions.rows import Waiting
from answerable.ledger.boot import State
from answerable.ledger.models import Outbox
from answerable.record import kinds
from answerable.record.tree import leaf_hash
from tests.ledger.harness import START, Clock, Ledger, check_everything, entries_of
from tests.postgres import Server

pytestmark = pytest.mark.database

ORPHANS = {"class": "orphans", "ranges": [{"from": 0, "to": 64}], "text_sha256": "a" * 64}


def entry(kind: str, **fields: Any) -> bytes:
    shared = {"v": 1, "kind": kind, "id": "1" * 32, "at": "2026-12-01", "by": "desk"}
    return kinds.encode_open(shared | fields)


def put(ledger: Ledger, data: bytes, *, log: str = "", leaf: bytes | None = None, include_by: int = START) -> bytes:
    """A row that no code of ours wrote."""
    leaf = leaf_hash(data) if leaf is None else leaf
    Outbox.objects.using("party_desk").create(
        log=log or ledger.record, data=data, leaf_hash=leaf, include_by=include_by
    )
    return leaf


def others_go_on(ledger: Ledger, *, says: str = "desk", refused: bytes | None = None) -> str:
    """One round: the editors' act is in and published, and what is wrong with the desk is said."""
    fine = ledger.act(int(ledger.clock()), "editors")
    report = ledger.round()
    said = " ".join(report.messages)
    assert says in said
    assert [log.state for log in report.logs] == [State.RUN, State.RUN]
    assert all(log.published == log.size for log in report.logs)
    held = {entry.leaf_hash for entry in entries_of(ledger.record)}
    assert fine.leaf_hash in held
    assert refused is None or refused not in held
    return said


def test_a_leaf_hash_that_is_not_the_entrys_stops_nobody(ledger: Ledger) -> None:
    """Entered once, it would never be found again, and entered again in every round."""
    data = entry("finding.published", report_sha256="b" * 64, inputs=[])
    put(ledger, data, leaf=b"\x07" * 32)
    mine = ledger.act(1, "desk")
    for _ in range(2):
        said = others_go_on(ledger, refused=leaf_hash(data))
        assert "cannot be entered" in said
        assert isinstance(ledger.clock, Clock)
        ledger.clock.now += 10
    # the party's own good rows are entered
    assert mine.leaf_hash in {entry.leaf_hash for entry in entries_of(ledger.record)}


@pytest.mark.parametrize(
    "data",
    [
        entry("schedule.changed", origin="ledger.example.org/register", from_tick=START // 900 + 1, slots=10**9),
        entry("tick.enlarged", origin="ledger.example.org/register", tick=START // 900, multiple=2),
        entry("log.closed", origin="x", final={"root": "A" * 43 + "=", "size": 1}, successor=None),
        entry("policy.published", origin="ledger.example.org/record", policy="quorum none\n", effective="2026-12-01"),
        entry("incident.published", origin="ledger.example.org/register", **ORPHANS),
    ],
    ids=lambda data: kinds.check_open(data)["kind"],
)
def test_a_party_does_not_speak_for_the_log(ledger: Ledger, data: bytes) -> None:
    """It could make the register grow without end, or excuse slots that do not open."""
    others_go_on(ledger, refused=put(ledger, data), says="cannot be entered")
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 900
    ledger.round()
    assert len(entries_of(ledger.register)) == 128


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"{}", b'{"kind":"no.such.kind","v":1}', b"[1]", b"\xff" * 40, b"{" + b" " * 70_000, b"{" * 60_000],
    ids=["empty", "cut", "bare", "unknown", "list", "no text", "long", "deep"],
)
def test_what_is_no_entry_stays_where_it_is(ledger: Ledger, data: bytes) -> None:
    others_go_on(ledger, refused=put(ledger, data))


@pytest.mark.parametrize("data", [b"", b"\x01" * 34, b"\x02" * 33, b"{}", b"\x01" * 1_000_000])
def test_what_is_no_sealed_entry_does_not_disturb_a_tick(ledger: Ledger, data: bytes) -> None:
    put(ledger, data, log=ledger.register)
    others_go_on(ledger)
    assert len(entries_of(ledger.register)) == 64


def test_long_rows_are_not_read_whole(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty rows of a million bytes: only as much is read as shows that they are too long."""
    for number in range(40):
        put(ledger, b"{" + bytes([number]) * 1_000_000)
    longest = 0
    fit = outboxes.Outboxes._fit

    def measured(self: Any, log: Any, party: str, rows: list[Waiting]) -> list[Waiting]:
        nonlocal longest
        longest = max([longest, *(len(row.data) for row in rows)])
        return fit(self, log, party, rows)

    monkeypatch.setattr(outboxes.Outboxes, "_fit", measured)
    others_go_on(ledger)
    assert longest < 70_000


def test_old_promises_of_one_party_do_not_crowd_out_the_others(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A party sets its own include_by: all zero, it would always come first."""
    for number in range(30):
        data = entry("finding.published", report_sha256=f"{number:064x}", inputs=[])
        put(ledger, data, include_by=0)
    fine = ledger.act(7, "editors")
    waiting = outboxes.Outboxes(ledger.config).waiting(ledger.config.record, 10, START)
    assert len(waiting) == 10
    assert [row.party for row in waiting].count("editors") == 1
    assert fine.leaf_hash in {row.leaf_hash for row in waiting}
    assert waiting == sorted(waiting, key=lambda row: (row.include_by, row.party, row.id))


@contextmanager
def raw(alias: str, postgres: Server | None) -> Iterator[Callable[[str], object]]:
    """A connection of the party's own to its database: (statement) -> result."""
    settings = connections[alias].settings_dict
    if postgres is None:
        path = databases.path_of(settings)
        assert path is not None
        with sqlite3.connect(path, isolation_level=None) as own:
            yield own.execute
        own.close()
        return
    schema = databases.schema_of(settings)
    with psycopg.connect(postgres.conninfo(str(settings["NAME"])), autocommit=True) as server:
        server.execute(f"SET search_path TO {schema}")
        yield lambda statement: server.execute(statement)  # type: ignore[arg-type]


def test_a_table_that_is_gone_stops_nobody(ledger: Ledger, postgres: Server | None) -> None:
    """A party whose migration is missing, or undone."""
    connections["party_desk"].close()
    with raw("party_desk", postgres) as run:
        run("ALTER TABLE outbox RENAME TO other")
        others_go_on(ledger, says="desk: the outbox does not answer")
        run("ALTER TABLE other RENAME TO outbox")
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 10
    assert ledger.round().messages == []
    check_everything(ledger)


def test_a_locked_outbox_costs_the_others_a_moment_once(ledger: Ledger, postgres: Server | None) -> None:
    """A party that holds a lock, by a hung transaction or on purpose."""
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    mine = ledger.act(8, "desk")
    connections["party_desk"].close()
    with raw("party_desk", postgres) as run:
        run("BEGIN IMMEDIATE" if postgres is None else "BEGIN")
        if postgres is not None:
            run("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        fine = [ledger.act(9, "editors")]
        began = time.monotonic()
        report = sequencer.round(paced=False)
        assert "desk: the outbox does not answer" in " ".join(report.messages)
        fine.append(ledger.act(10, "editors"))
        sequencer.round(paced=False)
        assert time.monotonic() - began < 2 * databases.PARTY_PATIENCE + 5  # nobody waits five seconds three times
        began = time.monotonic()
        sequencer.round(paced=False)
        assert time.monotonic() - began < databases.PARTY_PATIENCE  # it is not asked in every round
        run("ROLLBACK")
    held = {entry.leaf_hash for entry in entries_of(ledger.record)}
    assert {one.leaf_hash for one in fine} <= held
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 10
    assert sequencer.round(paced=False).messages == []
    check_everything(ledger, [mine, *fine])


def test_a_write_back_that_fails_is_tried_again(ledger: Ledger, postgres: Server | None) -> None:
    """An outbox restored to before its indices came back: the log holds its rows, and it is told again."""
    mine = ledger.act(11, "desk")
    ledger.round()
    with raw("party_desk", postgres) as run:
        if postgres is None:
            run("DROP TRIGGER outbox_keeps")
        else:
            run("SET session_replication_role = replica")
        run("UPDATE outbox SET idx = NULL")
    assert ledger.round().messages == []
    check_everything(ledger, [mine])


class TestSqliteKeepsWhatItIsGiven:
    """Only SQLite has columns that hold anything; these run on it alone, with a ledger of files."""

    @pytest.mark.parametrize(
        "row",
        [
            ("'a text'", f"x'{'07' * 32}'", "1"),
            ("1000000000000", f"x'{'07' * 32}'", "1"),
            ("x'7b7d'", "'a text'", "1"),
            ("x'7b7d'", "99999999999", "1"),
            ("x'7b7d'", f"x'{'07' * 32}'", "'soon'"),
            ("x'7b7d'", f"x'{'07' * 32}'", "0.5"),
        ],
    )
    def test_a_row_of_the_wrong_types_stops_nobody(
        self, ledger: Ledger, postgres: Server | None, row: tuple[str, str, str]
    ) -> None:
        data, leaf, include_by = row
        with raw("party_desk", postgres) as run:
            values = f"'{ledger.record}', {data}, {leaf}, {include_by}"
            statement = f"INSERT INTO outbox (log, data, leaf_hash, include_by) VALUES ({values})"
            if postgres is not None:  # the server itself refuses what is no value of its type
                with pytest.raises(psycopg.Error):
                    run(statement.replace("x'7b7d'", "7").replace("x'07", "1.5 || '07"))
                return
            run(statement)
        others_go_on(ledger)


def test_a_database_that_is_gone_is_not_made_by_looking(ledger: Ledger, postgres: Server | None) -> None:
    """An empty file in its place would look like a party that never recorded anything."""
    sequencer = ledger.sequencer()
    sequencer.round(paced=False)
    connections["party_desk"].close()
    path = databases.path_of(connections["party_desk"].settings_dict)
    if path is None:
        assert postgres is not None
        settings = connections["party_desk"].settings_dict
        with raw("party_desk", postgres) as run:
            run(f"ALTER SCHEMA {databases.schema_of(settings)} RENAME TO elsewhere")
            others_go_on(ledger, says="desk: the outbox does not answer")
            run(f"ALTER SCHEMA elsewhere RENAME TO {databases.schema_of(settings)}")
    else:
        moved = path.with_suffix(".moved")
        path.rename(moved)
        others_go_on(ledger, says="desk: the outbox does not answer")
        assert not path.exists()
        moved.rename(path)
    assert isinstance(ledger.clock, Clock)
    ledger.clock.now += 10
    assert ledger.round().messages == []
