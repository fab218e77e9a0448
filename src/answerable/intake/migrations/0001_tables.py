"""Everything of an intake database: tables without rowids, views, triggers (:mod:`answerable.intake.schema`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import migrations, models

import answerable.ledger.models
from answerable.intake import schema
from answerable.ledger import routers


def _each(statements: Callable[[str], Iterator[str]]) -> Callable[[Any, Any], None]:
    def run(_apps: Any, editor: Any) -> None:
        if routers.kind_of(editor.connection.alias) == routers.INTAKE:
            for statement in statements(editor.connection.vendor):
                editor.execute(statement, None)

    return run


class Migration(migrations.Migration):
    """The tables are made by statements of ours; what Django keeps of them is what the models say."""

    initial = True

    dependencies = [("ledger", "0003_rowless")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(_each(schema.create), _each(schema.drop))],
            state_operations=[
                migrations.CreateModel(
                    name="Ack",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id",
                                "submission_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("submission_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("note", answerable.ledger.models.BytesField()),
                    ],
                    options={
                        "db_table": "ack",
                    },
                ),
                migrations.CreateModel(
                    name="Bulletin",
                    fields=[
                        ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                        ("body", models.TextField()),
                    ],
                    options={
                        "db_table": "bulletin",
                    },
                ),
                migrations.CreateModel(
                    name="CompartmentKey",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id",
                                "submission_id",
                                "compartment",
                                "epoch",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("submission_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("compartment", models.SmallIntegerField()),
                        ("epoch", models.BigIntegerField()),
                        ("record", answerable.ledger.models.BytesField(max_length=16)),
                        ("record_kind", models.SmallIntegerField()),
                        ("public", answerable.ledger.models.BytesField(max_length=32)),
                        ("signature", answerable.ledger.models.BytesField(max_length=64)),
                    ],
                    options={
                        "db_table": "compartment",
                    },
                ),
                migrations.CreateModel(
                    name="Erased",
                    fields=[
                        ("leaf", answerable.ledger.models.BytesField(max_length=32, primary_key=True, serialize=False)),
                        ("mark", answerable.ledger.models.BytesField(max_length=32)),
                    ],
                    options={
                        "db_table": "erased",
                    },
                ),
                migrations.CreateModel(
                    name="Spare",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id",
                                "submission_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("submission_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("until", models.CharField(max_length=10)),
                        ("sealed", answerable.ledger.models.BytesField()),
                    ],
                    options={
                        "db_table": "spare",
                    },
                ),
                migrations.CreateModel(
                    name="File",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id",
                                "submission_id",
                                "version",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("submission_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("version", models.BigIntegerField()),
                        ("number", answerable.ledger.models.BytesField(db_column="id", max_length=16)),
                        ("body", answerable.ledger.models.BytesField(max_length=32, unique=True)),
                        ("length", models.BigIntegerField()),
                        ("sha256", answerable.ledger.models.BytesField(max_length=32)),
                    ],
                    options={
                        "db_table": "file",
                    },
                ),
                migrations.CreateModel(
                    name="Mailbox",
                    fields=[
                        ("id", answerable.ledger.models.BytesField(max_length=16, primary_key=True, serialize=False)),
                        ("lookup", answerable.ledger.models.BytesField(max_length=32, unique=True)),
                        ("box", models.SmallIntegerField()),
                        ("salt", answerable.ledger.models.BytesField(max_length=16)),
                        ("auth", answerable.ledger.models.BytesField(max_length=32)),
                        ("wrapped", answerable.ledger.models.BytesField(max_length=64)),
                        ("public", answerable.ledger.models.BytesField(max_length=32)),
                        ("one_time", models.SmallIntegerField()),
                        ("opened", models.CharField(default=None, max_length=10, null=True)),
                        ("withdrawn", models.SmallIntegerField(default=0)),
                        ("holders", models.TextField(default="{}")),
                    ],
                    options={
                        "db_table": "mailbox",
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id",
                                "submission_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("submission_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("proof", answerable.ledger.models.BytesField()),
                    ],
                    options={
                        "db_table": "receipt",
                    },
                ),
                migrations.CreateModel(
                    name="Record",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("id", answerable.ledger.models.BytesField(max_length=16, primary_key=True, serialize=False)),
                        ("kind", models.SmallIntegerField()),
                    ],
                    options={
                        "db_table": "record",
                    },
                ),
                migrations.CreateModel(
                    name="Reply",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", answerable.ledger.models.BytesField(db_column="id", max_length=16)),
                        ("record", answerable.ledger.models.BytesField(max_length=16)),
                        ("record_kind", models.SmallIntegerField()),
                        ("kind", models.CharField(max_length=16)),
                        ("compartment", models.SmallIntegerField()),
                        ("field", models.SmallIntegerField()),
                        ("version", models.BigIntegerField()),
                        ("epoch", models.BigIntegerField()),
                        ("public", answerable.ledger.models.BytesField(max_length=32)),
                        ("sealed", answerable.ledger.models.BytesField()),
                        ("signature", answerable.ledger.models.BytesField(max_length=64)),
                        ("day", models.CharField(max_length=10)),
                    ],
                    options={
                        "db_table": "reply",
                    },
                ),
                migrations.CreateModel(
                    name="SpentWork",
                    fields=[
                        (
                            "nonce",
                            answerable.ledger.models.BytesField(max_length=16, primary_key=True, serialize=False),
                        ),
                        ("until", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "pow_spent",
                    },
                ),
                migrations.CreateModel(
                    name="Submission",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("id", answerable.ledger.models.BytesField(max_length=16, primary_key=True, serialize=False)),
                        ("number", models.IntegerField()),
                        ("submission", answerable.ledger.models.BytesField(max_length=16)),
                        ("sha256", answerable.ledger.models.BytesField(max_length=32)),
                        ("outbox_id", models.BigIntegerField(unique=True)),
                        ("leaf", answerable.ledger.models.BytesField(max_length=32)),
                        ("include_by", models.BigIntegerField()),
                        ("opening_key", answerable.ledger.models.BytesField()),
                        ("tick", models.BigIntegerField()),
                        ("door", models.CharField(max_length=16)),
                        ("kind", models.SmallIntegerField()),
                        ("channel", models.SmallIntegerField()),
                        ("record", answerable.ledger.models.BytesField(max_length=16)),
                        ("record_kind", models.SmallIntegerField()),
                        ("language", models.CharField(max_length=35)),
                        ("urgent", models.SmallIntegerField()),
                        ("independent", models.SmallIntegerField()),
                        ("struck", answerable.ledger.models.BytesField()),
                        ("consents", models.TextField()),
                        ("reporter", answerable.ledger.models.BytesField(max_length=32)),
                        ("signer", answerable.ledger.models.BytesField(max_length=32)),
                        ("signature", answerable.ledger.models.BytesField(max_length=64)),
                        ("salt", answerable.ledger.models.BytesField(max_length=16, null=True)),
                        ("wrapped", answerable.ledger.models.BytesField(max_length=64, null=True)),
                        ("carried", models.SmallIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "submission",
                    },
                ),
                migrations.CreateModel(
                    name="Upload",
                    fields=[
                        ("id", answerable.ledger.models.BytesField(max_length=32, primary_key=True, serialize=False)),
                        ("tick", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "upload",
                    },
                ),
                migrations.CreateModel(
                    name="Value",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id",
                                "submission_id",
                                "compartment",
                                "field",
                                "version",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("submission_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("compartment", models.SmallIntegerField()),
                        ("field", models.SmallIntegerField()),
                        ("version", models.BigIntegerField()),
                        ("record", answerable.ledger.models.BytesField(max_length=16)),
                        ("record_kind", models.SmallIntegerField()),
                        ("sealed", answerable.ledger.models.BytesField()),
                    ],
                    options={
                        "db_table": "value",
                    },
                ),
                migrations.CreateModel(
                    name="Wrap",
                    fields=[
                        ("mailbox_id", answerable.ledger.models.BytesField(max_length=16)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "mailbox_id",
                                "submission_id",
                                "compartment",
                                "epoch",
                                "holder",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("submission_id", answerable.ledger.models.BytesField(max_length=16)),
                        ("compartment", models.SmallIntegerField()),
                        ("epoch", models.BigIntegerField()),
                        ("holder", answerable.ledger.models.BytesField(max_length=16)),
                        ("wrap", answerable.ledger.models.BytesField()),
                    ],
                    options={
                        "db_table": "wrap",
                    },
                ),
            ],
        )
    ]
