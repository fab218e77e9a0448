"""One PostgreSQL role per process, and the least that each needs.

Schemas and tables belong to whoever makes them (``record init``, ``correspondence init``): the *owner*, as which no
process runs. That matters beyond the grants below: whoever owns a table may put a trigger on it, and a trigger runs
with the rights of whoever writes the row, so a party that owned its outbox could act as the sequencer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from answerable.ledger.config import LedgerConfig
from answerable.ledger.databases import schema_of

SEQUENCER = "sequencer"
#: The party whose database holds sealed mailboxes (``routers.INTAKE``). What it may do there itself is narrower than
#: other parties' rights, and known where its tables are: ``answerable.intake.roles``.
REPORTER = "reporter"

#: What the sequencer may do in the ledger's own schema, besides reading.
_WRITES = (
    "INSERT ON {}.entry",
    "INSERT ON {}.outbox",
    "UPDATE (idx) ON {}.outbox",
    "UPDATE (size, root, edge, tick) ON {}.head",
    "INSERT ON {}.checkpoint",
    "UPDATE (note, quorum_time) ON {}.checkpoint",
    "INSERT ON {}.cosignature",
    "UPDATE (time, line) ON {}.cosignature",
)
_READS = ("entry", "outbox", "head", "checkpoint", "cosignature", "django_migrations")


def script(config: LedgerConfig) -> Iterator[str]:
    """The statements for an administrator, with comments; running them again changes nothing. What must wait for a
    party's tables says so when it is run, and stops nothing else.

    Roles are made without a password, which is the administrator's to give. Nothing for databases that are files.
    """
    databases = config.databases()
    if schema_of(databases["ledger"]) is None:
        return
    yield f"-- In {_place(databases['ledger'])}, as the owner, once it is migrated:"
    yield _role(SEQUENCER)
    yield from _ledger(str(schema_of(databases["ledger"])))
    yield from _closed(str(schema_of(databases["keys"])), SEQUENCER)
    for party in sorted(config.outboxes):
        settings = databases[f"party_{party}"]
        schema = schema_of(settings)
        if schema is not None:
            yield f"-- In {_place(settings)}, as the owner; without the party's tables it says so and changes nothing:"
            yield from once_there(schema, list(of_reporter(schema) if party == REPORTER else of_party(party, schema)))


def once_there(schema: str, statements: list[str]) -> Iterator[str]:
    """Roles at once; rights as one statement, which does nothing but say so while the party has made no tables."""
    roles = [one for one in statements if one.startswith("DO ")]
    rights = [one.removesuffix(";") for one in statements if one not in roles]
    yield from roles
    later = f"the schema {schema} has no tables yet: run what record roles prints again once the party has made them"
    run = " ".join(f"EXECUTE '{one}';" for one in rights)  # names of ours: no quotation mark in them
    absent = f"to_regclass('{schema}.outbox') IS NULL"
    yield f"DO $$ BEGIN IF {absent} THEN RAISE NOTICE '{later}'; ELSE {run} END IF; END $$;"


def of_party(party: str, schema: str) -> Iterator[str]:
    """The statements of one party: its own role, and what the sequencer may do in its schema."""
    yield _role(SEQUENCER)
    yield _role(party)
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {party}, {SEQUENCER};"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {party};"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {party};"
    yield f"REVOKE UPDATE, DELETE ON {schema}.outbox FROM {party};"
    yield f"REVOKE UPDATE ON {schema}.event FROM {party};"
    yield f"REVOKE INSERT, UPDATE, DELETE ON {schema}.django_migrations FROM {party};"
    yield f"GRANT SELECT, UPDATE (idx) ON {schema}.outbox TO {SEQUENCER};"


def of_reporter(schema: str) -> Iterator[str]:
    """The sequencer's rights in the reporter's schema; the reporter's own are given with its tables."""
    yield _role(SEQUENCER)
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {SEQUENCER};"
    yield f"GRANT SELECT, UPDATE (idx) ON {schema}.outbox TO {SEQUENCER};"


def _ledger(schema: str) -> Iterator[str]:
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {SEQUENCER};"
    yield f"GRANT SELECT ON {', '.join(f'{schema}.{table}' for table in _READS)} TO {SEQUENCER};"
    for right in _WRITES:
        yield f"GRANT {right.format(schema)} TO {SEQUENCER};"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {SEQUENCER};"


def _closed(schema: str, role: str) -> Iterator[str]:
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC, {role};"


def _role(name: str) -> str:
    made = f"CREATE ROLE {name} LOGIN"
    return f"DO $$ BEGIN IF to_regrole('{name}') IS NULL THEN {made}; END IF; END $$;"


def _place(settings: Mapping[str, Any]) -> str:
    return f"the database {settings['NAME']}" + (f" at {settings['HOST']}" if settings["HOST"] else "")
