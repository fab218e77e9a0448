"""Roles and grants of the reports' database on PostgreSQL: what :mod:`answerable.intake.guards` says on SQLite.

Tables, views and functions belong to the owner, as which no process runs. A view reads with its owner's rights, so that
``reporter`` sees of mailboxes only the one that its session names by a lookup which is found from a code and nowhere
else.
"""

from __future__ import annotations

from collections.abc import Iterator

from answerable.intake import schema

REPORTER, CARRY, SEQUENCER = "reporter", "carry", "sequencer"
_ROLE = "DO $$ BEGIN IF to_regrole('{0}') IS NULL THEN CREATE ROLE {0} LOGIN; END IF; END $$;"
#: Tables that the reporter never writes: the desk's words, and carry's.
_CARRYS = ("bulletin", "receipt", "reply", "spare", "erased")


def script(schema_name: str) -> Iterator[str]:
    """The statements for an administrator, as the owner, once the schema is migrated; again they change nothing."""
    for role in (REPORTER, CARRY, SEQUENCER):
        yield _ROLE.format(role)
    yield f"REVOKE ALL ON SCHEMA {schema_name} FROM PUBLIC;"
    yield f"GRANT USAGE ON SCHEMA {schema_name} TO {REPORTER}, {CARRY}, {SEQUENCER};"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema_name} FROM {REPORTER}, {CARRY};"

    def named(*tables: str) -> str:
        return ", ".join(f"{schema_name}.{table}" for table in tables)

    views = [f"my_{table}" for table in ("mailbox", *schema.OWNED)]
    views += ["expired_nonce", "named_upload", "tried_mailbox"]
    yield f"GRANT SELECT ON {named(*views, 'bulletin', 'upload', 'pow_spent', 'django_migrations')} TO {REPORTER};"
    added = [table for table in schema.TABLES if table not in _CARRYS]
    yield f"GRANT INSERT ON {named(*added, 'outbox', 'event')} TO {REPORTER};"
    yield f"GRANT UPDATE ({', '.join(schema.CHANGES)}) ON {named('my_mailbox')} TO {REPORTER};"
    yield f"GRANT DELETE ON {named('upload', 'expired_nonce')} TO {REPORTER};"

    yield f"GRANT SELECT ON {named(*schema.TABLES, 'outbox', 'event', 'django_migrations')} TO {CARRY};"
    yield f"GRANT INSERT ON {named(*_CARRYS)} TO {CARRY};"
    # The names of files that go with what is shredded, until they have gone.
    yield f"GRANT INSERT ON {named('upload')} TO {CARRY};"
    yield f"GRANT UPDATE (holders) ON {named('mailbox')} TO {CARRY};"
    yield f"GRANT UPDATE (carried) ON {named('submission')} TO {CARRY};"
    yield f"GRANT UPDATE (until) ON {named('spare')} TO {CARRY};"
    shredded = [table for table in schema.TABLES if table not in ("upload", "pow_spent")]
    yield f"GRANT DELETE ON {named(*shredded, 'event')} TO {CARRY};"
    # Carry sweeps what has expired, once a tick: the reporter's workers have no clock of their own.
    yield f"GRANT SELECT ON {named('expired_nonce', 'named_upload')} TO {CARRY};"
    yield f"GRANT DELETE ON {named('upload', 'expired_nonce')} TO {CARRY};"
    yield f"GRANT EXECUTE ON FUNCTION {schema_name}.intake_tidy(text) TO {CARRY};"

    yield f"GRANT SELECT, UPDATE (idx) ON {named('outbox')} TO {SEQUENCER};"
