"""Bringing a database up to date: its schema on PostgreSQL, then every migration whose tables belong in it."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connections

from answerable.ledger.databases import schema_of


def prepare(*aliases: str) -> None:
    """Create each alias's schema when absent, and migrate it. Repeating it changes nothing."""
    for alias in aliases:
        connection = connections[alias]
        schema = schema_of(connection.settings_dict)
        if connection.vendor == "postgresql" and schema:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
        call_command("migrate", database=alias, verbosity=0, interactive=False)
