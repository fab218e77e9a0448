"""The triggers that refuse silent changes, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations

from answerable.ledger import routers, triggers


def _each(statements: Callable[[str, str], list[str]]) -> Callable[[Any, Any], None]:
    def run(_apps: Any, editor: Any) -> None:
        for table in triggers.TABLES:
            if routers.has_table(editor.connection.alias, table):
                for statement in statements(editor.connection.vendor, table):
                    editor.execute(statement)

    return run


class Migration(migrations.Migration):
    """Create the triggers of every table this database has; undone, drop them."""

    dependencies = [("ledger", "0001_tables")]

    operations = [migrations.RunPython(_each(triggers.create), _each(triggers.drop))]
