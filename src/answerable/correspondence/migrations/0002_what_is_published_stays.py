"""What is published stays: each thing is published once, and triggers refuse silent changes, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations, models

from answerable.correspondence import triggers
from answerable.ledger import routers


def _all(statements: Callable[[str], list[str]]) -> Callable[[Any, Any], None]:
    def run(_apps: Any, editor: Any) -> None:
        if routers.kind_of(editor.connection.alias) == routers.PARTY:
            for statement in statements(editor.connection.vendor):
                editor.execute(statement)

    return run


class Migration(migrations.Migration):
    """One constraint, then the triggers; undone, they are dropped."""

    dependencies = [("correspondence", "0001_initial")]

    operations = [
        migrations.AddConstraint(
            model_name="act",
            constraint=models.UniqueConstraint(
                name="published_once",
                fields=["key"],
                condition=models.Q(author__isnull=False) & ~models.Q(key__startswith="question:"),
            ),
        ),
        migrations.RunPython(_all(triggers.create), _all(triggers.drop)),
    ]
