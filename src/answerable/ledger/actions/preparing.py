"""Bringing a database up to date: its file or schema, then every migration whose tables belong in it."""

from __future__ import annotations

from django.apps import apps
from django.core.management import call_command
from django.db import connections, router

from answerable.ledger.databases import make_file, path_of, schema_of
from answerable.ledger.errors import ConfigError


def prepare(*aliases: str, new: bool = True) -> None:
    """Make each alias's file (for its owner alone: mode 0600, which SQLite gives its WAL too) or schema when absent,
    and migrate it. Repeating it changes nothing.

    Unless ``new``, a file that is not there is never made: whoever moved it away has something to put back. Raises
    :class:`ConfigError` then, and when a file cannot be made.
    """
    if not new:
        must_be_there(*aliases)
    for alias in aliases:
        connection = connections[alias]
        path, schema = path_of(connection.settings_dict), schema_of(connection.settings_dict)
        if path is not None:
            make_file(path)
        elif connection.vendor == "postgresql" and schema:
            with connection.cursor() as cursor:
                # IF NOT EXISTS asks for the right to create even when there is nothing to create.
                cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE SCHEMA {connection.ops.quote_name(schema)}")
        for app in apps_of(alias):
            call_command("migrate", *app, database=alias, verbosity=0, interactive=False)


def must_be_there(*aliases: str) -> None:
    """Raise :class:`ConfigError` for an alias whose SQLite file is not there."""
    for alias in aliases:
        path = path_of(connections[alias].settings_dict)
        if path is not None and not path.exists():
            raise ConfigError(
                "the database is not there",
                where=str(path),
                todo="put it back, or a backup of it; a new one would know nothing of what was taken",
            )


def apps_of(alias: str) -> list[tuple[str, ...]]:
    """What to migrate ``alias`` with: the label of each app that has a table there, or, as one empty tuple, all apps.

    Django would walk through every migration of every app in every database, also where none of them makes a table,
    and that takes a second. A party's own database has the tables of nearly all apps: there one walk serves.
    """
    homes = {
        app.label: any(router.allow_migrate_model(alias, model) for model in app.get_models(include_auto_created=True))
        for app in apps.get_app_configs()
    }
    if homes.get("contenttypes", False):
        return [()]
    return [(label,) for label, at_home in homes.items() if at_home]
