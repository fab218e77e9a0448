"""The first tables of a witness."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("token", models.CharField(max_length=32, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Log",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin", models.TextField(unique=True)),
                ("origin_sha256", models.CharField(max_length=64, unique=True)),
                ("allow_extensions", models.BooleanField(default=False)),
                ("size", models.BigIntegerField(null=True)),
                ("root", models.CharField(max_length=64, null=True)),
                ("time", models.BigIntegerField(null=True)),
                ("note", models.TextField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("note", None), ("root", None), ("size", None), ("time", None)),
                            models.Q(
                                ("note__isnull", False), ("root__isnull", False), ("size__gte", 0), ("time__gt", 0)
                            ),
                            _connector="OR",
                        ),
                        name="log_cosigned_whole_or_not",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received", models.BigIntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("recorded_size", models.BigIntegerField()),
                ("request", models.BinaryField()),
                ("recorded_note", models.TextField(blank=True)),
                (
                    "log",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="witness.log"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("log", "size", "root"), name="one_evidence_per_head")],
            },
        ),
        migrations.CreateModel(
            name="LogKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vkey", models.TextField()),
                (
                    "log",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="witness.log"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("log", "vkey"), name="one_key_once")],
            },
        ),
    ]
