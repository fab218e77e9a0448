"""The outbox and events of an intake database on SQLite: no rowids, random keys, no trace of the order of arrival.

A rowid counts up, and would tie each entry to the one before it. These tables are ordered by a random 63-bit id alone
(on PostgreSQL the same ids are drawn, and CLUSTER puts the rows in their order once per tick). They carry no foreign
key, because checking one would make the writer able to read what it may only add to; a trigger checks instead.
"""

from __future__ import annotations

import secrets

#: Bits of an id: SQLite's integers are signed.
ID_BITS = 63

_RANDOM = f"(random() & {(1 << ID_BITS) - 1})"

TABLES = (
    "DROP TABLE event",
    "DROP TABLE outbox",
    f"CREATE TABLE outbox (id bigint NOT NULL PRIMARY KEY DEFAULT {_RANDOM}, log varchar(255) NOT NULL,"
    " data BLOB NOT NULL, leaf_hash BLOB NOT NULL, include_by bigint NOT NULL, idx bigint NULL) WITHOUT ROWID",
    "CREATE UNIQUE INDEX outbox_log_leaf ON outbox (log, leaf_hash)",
    "CREATE INDEX outbox_waiting ON outbox (log, include_by, id) WHERE idx IS NULL",
    f"CREATE TABLE event (id bigint NOT NULL PRIMARY KEY DEFAULT {_RANDOM}, outbox_id bigint NOT NULL UNIQUE,"
    ' "case" varchar(32) NULL, body BLOB NOT NULL) WITHOUT ROWID',
    'CREATE INDEX event_case ON event ("case")',
    "CREATE TRIGGER event_of_outbox BEFORE INSERT ON event"
    " WHEN NOT EXISTS (SELECT 1 FROM outbox WHERE id = NEW.outbox_id)"
    " BEGIN SELECT RAISE(ABORT, 'an event belongs to a row of the outbox'); END",
)


def new_id() -> int:
    """A random id for a row of such a table."""
    return secrets.randbits(ID_BITS)
