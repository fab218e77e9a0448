"""The triggers that refuse silent changes at the desk, in both databases' words.

What is published stays: an act, the words it rests on, the names it uses, its draft, and a person's one role. They
guard against accidents and against whoever reaches the tables; witnesses guard against us.
"""

from __future__ import annotations

from collections.abc import Mapping

_PUBLISHED = "EXISTS (SELECT 1 FROM correspondence_act WHERE author_id IS NOT NULL)"
_NAMED = {
    "sqlite": "EXISTS (SELECT 1 FROM correspondence_act WHERE instr(files, OLD.sha256) > 0)",
    "postgresql": "EXISTS (SELECT 1 FROM correspondence_act WHERE position(OLD.sha256 in files::text) > 0)",
}

#: Per table, per trigger: event, condition under which it refuses ("": always), and what it says.
_RULES: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "act": (
        ("act_keeps", "UPDATE", "", "an act never changes"),
        ("act_stays", "DELETE", "", "an act is never deleted"),
    ),
    "blob": (
        ("blob_keeps", "UPDATE", "", "the bytes of a document never change"),
        ("blob_stays", "DELETE", "NAMED", "the bytes of a published document are never deleted"),
    ),
    "side": (
        ("side_keeps", "UPDATE", "", "a party is never renamed"),
        ("side_stays", "DELETE", "", "a party is never deleted"),
    ),
    "heading": (
        ("heading_keeps", "UPDATE", _PUBLISHED, "the title of what is published never changes"),
        ("heading_stays", "DELETE", _PUBLISHED, "the title of what is published is never deleted"),
    ),
    "draft": (
        ("draft_keeps", "UPDATE", "OLD.state = 'published'", "a published draft never changes"),
        ("draft_stays", "DELETE", "OLD.state = 'published'", "a published draft is never deleted"),
    ),
    "editor": (
        ("editor_keeps", "UPDATE", "", "a person keeps their one role"),
        ("editor_stays", "DELETE", "", "a person of the desk is never deleted, only dismissed"),
    ),
}


def create(vendor: str) -> list[str]:
    """The statements that put every trigger into a database of ``vendor`` (sqlite or postgresql)."""
    statements: list[str] = []
    for name, rules in _RULES.items():
        table = f"correspondence_{name}"
        for trigger, event, condition, says in rules:
            refused = _NAMED[vendor] if condition == "NAMED" else condition
            make = _sqlite if vendor == "sqlite" else _postgresql
            statements += make(table, f"correspondence_{trigger}", event, refused, says)
        if vendor != "sqlite":
            statements += _never_emptied(table)
    return statements


def drop(vendor: str) -> list[str]:
    """The statements that remove them again (a migration undone, or a test's database emptied)."""
    names = [f"correspondence_{trigger}" for rules in _RULES.values() for trigger, *_ in rules]
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    names += [f"correspondence_{name}_never_empty" for name in _RULES]
    return [f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in names]


def _sqlite(table: str, name: str, event: str, refused: str, says: str) -> list[str]:
    when = f" WHEN {refused}" if refused else ""
    return [f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{says}'); END"]


def _postgresql(table: str, name: str, event: str, refused: str, says: str) -> list[str]:
    raises = f"RAISE EXCEPTION '{says}';"
    row = "OLD" if event == "DELETE" else "NEW"
    body = f"IF {refused} THEN {raises} END IF; RETURN {row};" if refused else raises
    return [
        _function(name, body),
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _never_emptied(table: str) -> list[str]:
    name = f"{table}_never_empty"
    return [
        _function(name, f"RAISE EXCEPTION '{table} is never emptied';"),
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
