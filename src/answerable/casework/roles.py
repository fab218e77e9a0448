"""Roles and grants of the desk's two schemas on PostgreSQL: the desk's own role, and carry's.

Tables belong to the owner, as which no process runs. Carry takes submissions in and answers out, and erases what its
reporter took back before anybody read it; it never meets accounts, second factors, sessions, invitations or the private
halves of anybody's keys, and enters no read and no decision; of grants, it enters that one is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

from answerable.ledger.roles import of_party

DESK, CARRY = "desk", "carry"
_ROLE = "DO $$ BEGIN IF to_regrole('{0}') IS NULL THEN CREATE ROLE {0} LOGIN; END IF; END $$;"
#: What lies in the schema of keys.
_KEYS = ("opening_key", "wrap")
#: Of people, carry reads who holds which public key.
_PEOPLE = {"casework_person": ("id", "handle"), "casework_publickey": ("id", "person_id", "x25519", "until")}
#: What carry makes.
_ADDS = (
    *("act", "altered", "anchor", "bar", "compartment", "duty", "erasure", "grant"),
    *("file", "missing", "record", "reply", "submission", "value"),
)
#: What carry changes: columns of each table.
_CHANGES = {
    "anchor": ("root", "size"),
    "compartment": ("until",),
    "record": ("seq", "head", "stage", "case_id", "decision_id", "reporter_key", "consents", "next_due", "next_act"),
    "missing": ("back",),
    "reply": ("delivered", "sealed"),
}
#: What else belongs to a record, and goes with it when all of it is taken back.
_WITH_RECORD = (
    *("assignment", "decision", "decision_notices", "handover", "ownership"),
    *("recovery", "recoverypartial", "signedact", "tie"),
)
#: Deleted by carry: rows of a record, and answers on their way to it. What was erased stays named.
_REMOVES = (*(table for table in _ADDS if table not in ("anchor", "erasure", "missing")), *_WITH_RECORD)


def script(schema: str = "desk", keys: str = "desk_keys") -> Iterator[str]:
    """The statements for an administrator, as the owner, once both schemas are migrated; again they change nothing."""
    yield from of_party(DESK, schema)
    yield _ROLE.format(CARRY)
    yield f"REVOKE ALL ON SCHEMA {keys} FROM PUBLIC;"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {CARRY};"
    yield f"GRANT USAGE ON SCHEMA {keys} TO {DESK}, {CARRY};"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema}, {keys} FROM {CARRY};"

    own = ", ".join(f"{keys}.{table}" for table in _KEYS)
    yield f"GRANT SELECT ON {keys}.django_migrations TO {DESK};"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {own} TO {DESK};"
    yield f"GRANT SELECT, INSERT, DELETE ON {own} TO {CARRY};"

    def named(*tables: str) -> str:
        return ", ".join(f"{schema}.{table}" for table in tables)

    def of_desk(*tables: str) -> str:
        return named(*(f"casework_{table}" for table in tables))

    yield f"GRANT SELECT ON {of_desk(*_ADDS, *_WITH_RECORD, 'read')}, {named('outbox', 'event')} TO {CARRY};"
    for table, columns in _PEOPLE.items():
        yield f"GRANT SELECT ({', '.join(columns)}) ON {named(table)} TO {CARRY};"
    yield f"GRANT SELECT ON {named('django_migrations')} TO {CARRY};"
    yield f"GRANT INSERT ON {of_desk(*_ADDS)}, {named('outbox', 'event')} TO {CARRY};"
    for table, columns in _CHANGES.items():
        yield f"GRANT UPDATE ({', '.join(columns)}) ON {of_desk(table)} TO {CARRY};"
    yield f"GRANT DELETE ON {of_desk(*_REMOVES)}, {named('event')} TO {CARRY};"
