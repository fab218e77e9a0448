"""The triggers that refuse silent changes, in both databases' words.

They guard against accidents; witnesses guard against us. Refused: changing an outbox row except ``idx`` once from null;
deleting an outbox row; changing or deleting an entry; a head that shrinks, changes its root at one size, or grows by
other than the number of entries it gained; removing a head.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Per table, per trigger: event, condition under which it refuses (None: always), and what it says.
_RULES: Mapping[str, tuple[tuple[str, str, str | None, str], ...]] = {
    "outbox": (
        (
            "outbox_keeps",
            "UPDATE",
            "NEW.id <> OLD.id OR NEW.log <> OLD.log OR NEW.data <> OLD.data OR NEW.leaf_hash <> OLD.leaf_hash"
            " OR NEW.include_by <> OLD.include_by OR OLD.idx IS NOT NULL OR NEW.idx IS NULL",
            "an outbox row never changes, except idx once from null",
        ),
        ("outbox_stays", "DELETE", None, "an outbox row is never deleted"),
    ),
    "entry": (
        ("entry_keeps", "UPDATE", None, "an entry never changes"),
        ("entry_stays", "DELETE", None, "an entry is never deleted"),
    ),
    "head": (
        ("head_begins", "INSERT", "NEW.size <> 0", "a head begins at size 0"),
        (
            "head_grows",
            "UPDATE",
            "NEW.log <> OLD.log OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)"
            " OR NEW.size - OLD.size <>"
            " (SELECT count(*) FROM entry WHERE entry.log = NEW.log AND entry.idx >= OLD.size)",
            "a head never shrinks, never changes its root, and grows by the entries it gained",
        ),
        ("head_stays", "DELETE", None, "a head is never deleted"),
    ),
}

#: The models whose tables carry triggers (Django's lower-case model names equal the table names here).
TABLES = tuple(_RULES)


def create(vendor: str, table: str) -> list[str]:
    """The statements that put the triggers of ``table`` into a database of ``vendor`` (sqlite or postgresql)."""
    if vendor == "sqlite":
        return [_sqlite(table, *rule) for rule in _RULES[table]]
    statements: list[str] = []
    for rule in _RULES[table]:
        statements += _postgresql(table, *rule)
    truncate = f"{table}_never_empty"
    statements += [
        _function(truncate, f"RAISE EXCEPTION '{table} is never emptied';"),
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {truncate}()",
    ]
    return statements


def drop(vendor: str, table: str) -> list[str]:
    """The statements that remove them again (a migration undone, or a test's database emptied)."""
    names = [name for name, *_ in _RULES[table]]
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    names.append(f"{table}_never_empty")
    return [f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in names]


def _sqlite(table: str, name: str, event: str, condition: str | None, says: str) -> str:
    when = f" WHEN {condition}" if condition else ""
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def _postgresql(table: str, name: str, event: str, condition: str | None, says: str) -> list[str]:
    raises = f"RAISE EXCEPTION '{says}';"
    result = "OLD" if event == "DELETE" else "NEW"
    body = f"IF {condition} THEN {raises} END IF; RETURN {result};" if condition else raises
    return [
        _function(name, body),
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
