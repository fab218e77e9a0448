"""The tables, views and triggers of an intake database, in both databases' words.

Rows lie in the order of random keys: a mailbox's own rows stand together under its id, mailboxes in no order at all.
SQLite: WITHOUT ROWID. PostgreSQL: ``CLUSTER`` once per tick (the function ``intake_tidy``). No column holds a time
finer than the tick.

The reporter's process adds rows, and reads back what belongs to one mailbox alone: the ``my_`` views show what belongs
to the mailbox that ``session_mailbox()`` names by its lookup, which nobody knows who has not its code. Foreign keys are
PostgreSQL's; on SQLite checking one would need the right to read the table it points to, so triggers check there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

#: Column types that differ: {bytes}. Days are YYYY-MM-DD; ticks are numbers of 900 seconds; 0 and 1 are no and yes.
TABLES: Mapping[str, str] = {
    "mailbox": """
        id {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 16),
        lookup {bytes} NOT NULL UNIQUE CHECK (length(lookup) = 32),
        box smallint NOT NULL CHECK (box IN (0, 1)),
        salt {bytes} NOT NULL CHECK (length(salt) = 16),
        auth {bytes} NOT NULL CHECK (length(auth) = 32),
        wrapped {bytes} NOT NULL CHECK (length(wrapped) = 64),
        public {bytes} NOT NULL CHECK (length(public) = 32),
        one_time smallint NOT NULL CHECK (one_time IN (0, 1)),
        opened varchar(10) NULL,
        withdrawn smallint NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),
        holders text NOT NULL DEFAULT '{{}}'""",
    "record": """
        id {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 16),
        mailbox_id {bytes} NOT NULL{to_mailbox},
        kind smallint NOT NULL""",
    "submission": """
        id {bytes} NOT NULL PRIMARY KEY CHECK (length(id) = 16),
        mailbox_id {bytes} NOT NULL{to_mailbox},
        number integer NOT NULL,
        submission {bytes} NOT NULL CHECK (length(submission) = 16),
        sha256 {bytes} NOT NULL CHECK (length(sha256) = 32),
        outbox_id bigint NOT NULL UNIQUE{to_outbox},
        leaf {bytes} NOT NULL CHECK (length(leaf) = 32),
        include_by bigint NOT NULL,
        opening_key {bytes} NOT NULL,
        tick bigint NOT NULL,
        door varchar(16) NOT NULL,
        kind smallint NOT NULL,
        channel smallint NOT NULL,
        record {bytes} NOT NULL CHECK (length(record) = 16),
        record_kind smallint NOT NULL,
        language varchar(35) NOT NULL,
        urgent smallint NOT NULL,
        independent smallint NOT NULL,
        struck {bytes} NOT NULL,
        consents text NOT NULL,
        reporter {bytes} NOT NULL CHECK (length(reporter) = 32),
        signer {bytes} NOT NULL CHECK (length(signer) = 32),
        signature {bytes} NOT NULL CHECK (length(signature) = 64),
        salt {bytes} NULL,
        wrapped {bytes} NULL,
        carried smallint NOT NULL DEFAULT 0 CHECK (carried IN (0, 1)),
        UNIQUE (submission, sha256),
        UNIQUE (mailbox_id, number)""",
    "compartment": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        submission_id {bytes} NOT NULL,
        compartment smallint NOT NULL,
        epoch bigint NOT NULL,
        record {bytes} NOT NULL,
        record_kind smallint NOT NULL,
        public {bytes} NOT NULL,
        signature {bytes} NOT NULL CHECK (length(signature) = 64),
        PRIMARY KEY (mailbox_id, submission_id, compartment, epoch)""",
    "wrap": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        submission_id {bytes} NOT NULL,
        compartment smallint NOT NULL,
        epoch bigint NOT NULL,
        holder {bytes} NOT NULL,
        wrap {bytes} NOT NULL,
        PRIMARY KEY (mailbox_id, submission_id, compartment, epoch, holder)""",
    "value": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        submission_id {bytes} NOT NULL,
        compartment smallint NOT NULL,
        field smallint NOT NULL,
        version bigint NOT NULL,
        record {bytes} NOT NULL,
        record_kind smallint NOT NULL,
        sealed {bytes} NOT NULL,
        PRIMARY KEY (mailbox_id, submission_id, compartment, field, version)""",
    "file": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        submission_id {bytes} NOT NULL,
        version bigint NOT NULL,
        id {bytes} NOT NULL CHECK (length(id) = 16),
        body {bytes} NOT NULL UNIQUE CHECK (length(body) IN (16, 32)),
        length bigint NOT NULL,
        sha256 {bytes} NOT NULL,
        PRIMARY KEY (mailbox_id, submission_id, version)""",
    "reply": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        id {bytes} NOT NULL,
        record {bytes} NOT NULL,
        record_kind smallint NOT NULL,
        kind varchar(16) NOT NULL,
        compartment smallint NOT NULL,
        field smallint NOT NULL,
        version bigint NOT NULL,
        epoch bigint NOT NULL,
        public {bytes} NOT NULL,
        sealed {bytes} NOT NULL,
        signature {bytes} NOT NULL CHECK (length(signature) = 64),
        day varchar(10) NOT NULL,
        PRIMARY KEY (mailbox_id, id)""",
    "ack": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        submission_id {bytes} NOT NULL,
        note {bytes} NOT NULL,
        PRIMARY KEY (mailbox_id, submission_id)""",
    "receipt": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        submission_id {bytes} NOT NULL,
        proof {bytes} NOT NULL,
        PRIMARY KEY (mailbox_id, submission_id)""",
    "spare": """
        mailbox_id {bytes} NOT NULL{to_mailbox},
        submission_id {bytes} NOT NULL,
        until varchar(10) NOT NULL,
        sealed {bytes} NOT NULL,
        PRIMARY KEY (mailbox_id, submission_id)""",
    "erased": """
        leaf {bytes} NOT NULL PRIMARY KEY CHECK (length(leaf) = 32),
        mark {bytes} NOT NULL CHECK (length(mark) = 32)""",
    "upload": """
        id {bytes} NOT NULL PRIMARY KEY CHECK (length(id) IN (16, 32)),
        tick bigint NOT NULL""",
    "pow_spent": """
        nonce {bytes} NOT NULL PRIMARY KEY CHECK (length(nonce) = 16),
        until bigint NOT NULL""",
    "bulletin": """
        name varchar(32) NOT NULL PRIMARY KEY,
        body text NOT NULL""",
}
INDEXES = (
    "CREATE INDEX record_mailbox ON record (mailbox_id)",
    "CREATE INDEX submission_waiting ON submission (outbox_id) WHERE carried = 0",
)
#: What PostgreSQL puts in order, each in a transaction of its own: with several locked at once, it would wait for a
#: report that has written to the next of them and waits for one that is locked, until one of the two fails.
TIDIED = ("outbox", "event", *TABLES)
#: Tables whose rows belong to a mailbox, by the column that says so.
OWNED = ("record", "submission", "compartment", "wrap", "value", "file", "reply", "ack", "receipt")
#: What the reporter may change of her mailbox: a new code, the day it was opened, that it is withdrawn.
CHANGES = ("lookup", "salt", "auth", "wrapped", "public", "one_time", "opened", "withdrawn")
_SQLITE = {"bytes": "BLOB", "to_mailbox": "", "to_outbox": ""}
_POSTGRESQL = {
    "bytes": "bytea",
    "to_mailbox": " REFERENCES mailbox (id)",
    "to_outbox": " REFERENCES outbox (id)",
}

#: What a view shows besides its table: whether the register has the entry.
_SHOWN = {"submission": "submission.*, (SELECT idx IS NOT NULL FROM outbox o WHERE o.id = outbox_id) AS logged"}
#: What an absent mailbox is compared with; no SHA-256 is known to be this.
_NOTHING = {"sqlite": f"x'{'00' * 32}'", "postgresql": f"'\\x{'00' * 32}'::bytea"}
#: The tick of this moment, by the database's own clock.
_TICK = {
    "sqlite": "CAST(strftime('%s', 'now') AS integer) / 900",
    "postgresql": "floor(extract(epoch FROM now()) / 900)",
}


def create(vendor: str) -> Iterator[str]:
    """The statements that make everything, in order."""
    words, end = (_SQLITE, " WITHOUT ROWID") if vendor == "sqlite" else (_POSTGRESQL, "")
    for table, columns in TABLES.items():
        yield f"CREATE TABLE {table} ({columns.format(**words)}){end}"
    yield from INDEXES
    if vendor == "postgresql":
        yield from _functions()
    for table in ("mailbox", *OWNED):
        barrier = " WITH (security_barrier)" if vendor == "postgresql" else ""
        yield f"CREATE VIEW my_{table}{barrier} AS SELECT {_SHOWN.get(table, '*')} FROM {table} WHERE {_mine(table)}"  # noqa: S608  # names of ours
    yield f"CREATE VIEW expired_nonce AS SELECT * FROM pow_spent WHERE until < {_TICK[vendor]}"  # noqa: S608  # likewise
    yield _tried(vendor)
    yield "CREATE VIEW named_upload AS SELECT id FROM upload WHERE id IN (SELECT body FROM file)"
    if vendor == "sqlite":
        yield from _sqlite_triggers()


def drop(vendor: str) -> Iterator[str]:
    """The statements that take everything away again."""
    yield "DROP VIEW named_upload"
    yield "DROP VIEW tried_mailbox"
    yield "DROP VIEW expired_nonce"
    for table in reversed(("mailbox", *OWNED)):
        yield f"DROP VIEW my_{table}"
    for table in reversed([*TABLES]):
        yield f"DROP TABLE {table}"
    if vendor == "postgresql":
        yield "DROP FUNCTION session_mailbox()"
        yield "DROP FUNCTION intake_tidy(text)"


def _mine(table: str) -> str:
    if table == "mailbox":
        return "lookup = session_mailbox()"
    return "mailbox_id = (SELECT id FROM mailbox WHERE lookup = session_mailbox())"


def _tried(vendor: str) -> str:
    """What a proof is compared with: one row is read whether the mailbox is there or not, its own or the one that comes
    next, of which nothing is shown. Behind the last, nothing is read and as much is shown."""
    barrier = " WITH (security_barrier)" if vendor == "postgresql" else ""
    return (
        f"CREATE VIEW tried_mailbox{barrier} AS SELECT auth FROM (SELECT"  # noqa: S608  # words of ours
        f" CASE WHEN lookup = session_mailbox() THEN auth ELSE {_NOTHING[vendor]} END AS auth"
        " FROM mailbox WHERE lookup >= session_mailbox() ORDER BY lookup LIMIT 1) next"
        f" UNION ALL SELECT {_NOTHING[vendor]} LIMIT 1"
    )


def _sqlite_triggers() -> Iterator[str]:
    sets = ", ".join(f"{column} = NEW.{column}" for column in CHANGES)
    yield (
        "CREATE TRIGGER my_mailbox_changes INSTEAD OF UPDATE ON my_mailbox BEGIN"  # noqa: S608  # names of ours
        f" UPDATE mailbox SET {sets} WHERE id = OLD.id AND lookup = session_mailbox(); END"
    )
    yield _refusing("submission_of_outbox", "INSERT ON submission", _no("outbox", "id = NEW.outbox_id"))
    yield _refusing("record_of_mailbox", "INSERT ON record", _no("mailbox", "id = NEW.mailbox_id"))
    yield _refusing("submission_of_mailbox", "INSERT ON submission", _no("mailbox", "id = NEW.mailbox_id"))
    yield (
        "CREATE TRIGGER expired_nonce_goes INSTEAD OF DELETE ON expired_nonce BEGIN"
        " DELETE FROM pow_spent WHERE nonce = OLD.nonce; END"
    )


def _no(table: str, condition: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {table} WHERE {condition})"  # noqa: S608  # names of ours


def _refusing(name: str, event: str, condition: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"


def _functions() -> Iterator[str]:
    yield (
        "CREATE FUNCTION session_mailbox() RETURNS bytea LANGUAGE sql STABLE AS $$"
        " SELECT decode(nullif(current_setting('answerable.mailbox', true), ''), 'hex') $$"
    )
    named = ", ".join(f"'{table}'" for table in TIDIED)
    yield (
        "CREATE FUNCTION intake_tidy(one text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER"  # names of ours
        f" SET search_path FROM CURRENT AS $$ BEGIN IF one NOT IN ({named}) THEN RAISE 'no such table'; END IF;"
        " EXECUTE format('CLUSTER %I USING %I', one, one || '_pkey'); END $$"
    )
    yield "REVOKE ALL ON FUNCTION intake_tidy(text) FROM PUBLIC"
