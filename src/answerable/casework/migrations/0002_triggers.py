"""The triggers, in whichever database's words; `keys.db`, which has none of their tables, is passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import migrations

from answerable.casework import triggers
from answerable.ledger import routers


def _all(statements: Callable[[str], list[str]]) -> Callable[[Any, Any], None]:
    def run(_apps: Any, editor: Any) -> None:
        if routers.kind_of(editor.connection.alias) == routers.PARTY:
            for statement in statements(editor.connection.vendor):
                editor.execute(statement)

    return run


class Migration(migrations.Migration):
    """Undone, they are dropped."""

    dependencies: ClassVar = [("casework", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(_all(triggers.create), _all(triggers.drop))]
