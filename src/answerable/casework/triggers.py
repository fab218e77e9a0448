"""The triggers that hold what a constraint on one row cannot say, in both databases' words.

A case ends only by a decision of its own that was made; a decision that was made, an act and a read never change.
Deleting is left to the constraints: an erasure deletes by right, and the chain of reads shows what is missing.
"""

from __future__ import annotations

_ENDS = (
    "NEW.kind = 'case' AND NEW.stage = 'no_further_action' AND NOT EXISTS (SELECT 1 FROM casework_decision d"
    " WHERE d.id = NEW.decision_id AND d.record_id = NEW.id AND d.state = 'made'"
    " AND d.outcome IN ('no_further_action', 'not_credible', 'not_substantiated', 'closed_other'))"
)

#: Name, table, event, condition under which it refuses (None: always), what it says.
RULES: tuple[tuple[str, str, str, str | None, str], ...] = (
    ("casework_record_ends", "casework_record", "UPDATE", _ENDS, "a case ends only by a decision that was made"),
    ("casework_record_begins", "casework_record", "INSERT", _ENDS, "a case ends only by a decision that was made"),
    ("casework_decision_keeps", "casework_decision", "UPDATE", "OLD.state = 'made'", "a decision never changes"),
    ("casework_act_keeps", "casework_act", "UPDATE", None, "an act never changes"),
    ("casework_read_keeps", "casework_read", "UPDATE", None, "a read never changes"),
)


def create(vendor: str) -> list[str]:
    """The statements that put the triggers into a database of ``vendor`` (sqlite or postgresql)."""
    statements: list[str] = []
    for rule in RULES:
        statements += [_sqlite(*rule)] if vendor == "sqlite" else _postgresql(*rule)
    return statements


def drop(vendor: str) -> list[str]:
    """The statements that remove them again."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name, *_ in RULES]
    return [f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name, *_ in RULES]


def _sqlite(name: str, table: str, event: str, condition: str | None, says: str) -> str:
    when = f" WHEN {condition}" if condition else ""
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def _postgresql(name: str, table: str, event: str, condition: str | None, says: str) -> list[str]:
    raises = f"RAISE EXCEPTION '{says}';"
    body = f"IF {condition} THEN {raises} END IF; RETURN NEW;" if condition else raises
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
