"""Which table lives in which kind of database.

``settings.ANSWERABLE_DATABASES`` names the kind of each alias: ``party`` (an outbox beside the party's own tables),
``ledger`` (the log's own), ``keys`` (wrapped opening keys and nothing else) or ``witness``. An alias it does not name
is a party's, so that one party needs no setting at all.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

PARTY, INTAKE, LEDGER, KEYS, WITNESS = "party", "intake", "ledger", "keys", "witness"

#: The models of this app by kind of database; every other app's belong to a party, the witness app's to a witness.
TABLES = {
    PARTY: frozenset({"outbox", "event"}),
    INTAKE: frozenset({"outbox", "event"}),
    LEDGER: frozenset({"outbox", "event", "entry", "head", "checkpoint", "cosignature"}),
    KEYS: frozenset({"openingkey"}),
    WITNESS: frozenset[str](),
}


def kind_of(alias: str) -> str:
    """The kind of the database ``alias``."""
    kinds: dict[str, str] = getattr(settings, "ANSWERABLE_DATABASES", {})
    return kinds.get(alias, PARTY)


def has_table(alias: str, model_name: str) -> bool:
    """Whether this app's model ``model_name`` (lower case) has a table in ``alias``."""
    return model_name in TABLES[kind_of(alias)]


class Router:
    """Django's router: migrations go where the table belongs; reads and writes name their alias themselves."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **_hints: Any) -> bool:
        """Whether a migration of ``app_label`` (and of ``model_name``) runs on ``db``."""
        kind = kind_of(db)
        if app_label == "ledger":
            return model_name is None or has_table(db, model_name)
        if app_label == "witness":
            return kind == WITNESS
        if app_label == "intake":
            return kind == INTAKE
        return kind == PARTY

    def allow_relation(self, one: Any, other: Any, **_hints: Any) -> bool | None:
        """Two rows may refer to each other only within one database."""
        return True if one._state.db == other._state.db else None
