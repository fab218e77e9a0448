"""In an intake database on SQLite: the outbox and its events without rowids (``answerable.ledger.rowless``)."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from answerable.ledger import routers, rowless, triggers


def make(_apps: Any, editor: Any) -> None:
    """Put the tables of an intake database, which are empty at this moment, in the place of the ordinary ones."""
    connection = editor.connection
    if connection.vendor == "sqlite" and routers.kind_of(connection.alias) == routers.INTAKE:
        for statement in (*rowless.TABLES, *triggers.create("sqlite", "outbox")):
            editor.execute(statement)


class Migration(migrations.Migration):
    """Undone, the tables stay as they are: they hold the same columns."""

    dependencies = [("ledger", "0002_triggers")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
