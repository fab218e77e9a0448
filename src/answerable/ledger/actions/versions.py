"""Whether the tables of a database are those of this program."""

from __future__ import annotations

from django.apps import apps
from django.db import OperationalError, connections, router
from django.db.migrations.executor import MigrationExecutor

from answerable.ledger.databases import schema_of
from answerable.ledger.errors import ConfigError


def behind(alias: str) -> list[str]:
    """The migrations of this program that ``alias`` lacks, such as ``casework.0001_initial``, in their order."""
    executor = MigrationExecutor(connections[alias])
    # Carry has loaded apps of two parties, and neither's database knows of the other's.
    here = {
        app.label
        for app in apps.get_app_configs()
        if any(router.allow_migrate_model(alias, model) for model in app.get_models(include_auto_created=True))
    }
    leaves = [key for key in executor.loader.graph.leaf_nodes() if key[0] in here]
    return [f"{migration.app_label}.{migration.name}" for migration, _ in executor.migration_plan(leaves)]


def must_be_current(*aliases: str, command: str, patient: bool = False) -> None:
    """Raise `ConfigError`, which names ``command`` to be run as the owner, when tables of a server's database are those
    of an earlier program. A file's owner is the party itself, which brings it up to date when it starts.

    ``patient``: a server that does not answer is passed over, for whoever asks it again and again anyway.
    """
    for alias in aliases:
        connection = connections[alias]
        if connection.vendor != "postgresql":
            continue
        try:
            lacks = behind(alias)
        except OperationalError:
            if not patient:
                raise
            continue
        finally:
            connection.close()
        if lacks:
            raise ConfigError(
                f"the tables are those of an earlier version: {', '.join(lacks)} must be run",
                where=f"the schema {schema_of(connection.settings_dict)}",
                todo=f"as its owner run: {command}; then what the commands `roles` print",
            )
