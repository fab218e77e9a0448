"""Which table lives in which kind of database.

``settings.ANSWERABLE_DATABASES`` names the kind of each alias: ``party`` (an outbox beside the party's own tables),
``intake`` (an outbox beside the reporters' sealed mailboxes, without rowids), ``ledger`` (the log's own), ``keys``
(wrapped opening keys and wraps, nothing else) or ``witness``. An alias it does not name is a party's, so that one party
needs no setting at all.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from answerable.ledger.errors import ConfigError

PARTY, INTAKE, LEDGER, KEYS, WITNESS = "party", "intake", "ledger", "keys", "witness"

#: The models of this app by kind of database.
TABLES = {
    PARTY: frozenset({"outbox", "event"}),
    INTAKE: frozenset({"outbox", "event"}),
    LEDGER: frozenset({"outbox", "event", "entry", "head", "checkpoint", "cosignature"}),
    KEYS: frozenset({"openingkey"}),
    WITNESS: frozenset[str](),
}
#: Apps whose tables all live in one kind of database; every other app's belong to a party, but for _ASIDE.
_APPS = {"witness": WITNESS, "intake": INTAKE}
#: Models that live apart from the rest of their app: wraps lie beside the opening keys, for shredding.
_ASIDE = {("casework", "wrap"): KEYS}


def kind_of(alias: str) -> str:
    """The kind of the database ``alias``."""
    kinds: dict[str, str] = getattr(settings, "ANSWERABLE_DATABASES", {})
    return kinds.get(alias, PARTY)


def alias_of(kind: str) -> str:
    """The first alias of a kind. Raises :class:`ConfigError` when this process has no such database."""
    found = find_alias(kind)
    if found is None:
        raise ConfigError(
            f"this process has no database of the kind {kind}",
            where="settings",
            todo="name one in ANSWERABLE_DATABASES",
        )
    return found


def find_alias(kind: str) -> str | None:
    """The first alias of a kind, or None."""
    kinds: dict[str, str] = getattr(settings, "ANSWERABLE_DATABASES", {})
    return next((alias for alias, said in kinds.items() if said == kind), None)


def has_table(alias: str, model_name: str) -> bool:
    """Whether this app's model ``model_name`` (lower case) has a table in ``alias``."""
    return model_name in TABLES[kind_of(alias)]


def _home(app_label: str, model_name: str | None) -> str | None:
    """The kind of database a model always lives in, or None when its reads and writes name their alias themselves."""
    aside = _ASIDE.get((app_label, model_name or ""))
    if aside or app_label != "ledger":
        return aside or _APPS.get(app_label)
    return KEYS if model_name in TABLES[KEYS] else None


class Router:
    """Django's router: migrations go where the table belongs; so do reads and writes of what has only one home."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **_hints: Any) -> bool:
        """Whether a migration of ``app_label`` (and of ``model_name``) runs on ``db``."""
        kind = kind_of(db)
        if app_label == "ledger":
            return model_name is None or has_table(db, model_name)
        return kind == (_home(app_label, model_name) or PARTY)

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        """The alias of a model with one home; None: the caller's, or the default one."""
        home = _home(model._meta.app_label, model._meta.model_name)
        return find_alias(home) if home else None

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **_hints: Any) -> bool | None:
        """Two rows may refer to each other only within one database."""
        return True if one._state.db == other._state.db else None
