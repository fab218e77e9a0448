import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0003_altered"),
    ]

    operations = [
        migrations.CreateModel(
            name="Missing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(max_length=32, unique=True)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("submission", "Submission"),
                            ("answer", "Answer"),
                            ("key", "Key"),
                            ("mailbox", "Mailbox"),
                            ("erased", "Erased"),
                            ("entry", "Entry"),
                        ],
                        max_length=16,
                    ),
                ),
                ("leaf", models.CharField(blank=True, default="", max_length=64)),
                ("idx", models.BigIntegerField(default=None, null=True)),
                ("record", models.CharField(blank=True, default="", max_length=32)),
                ("thing", models.CharField(blank=True, default="", max_length=64)),
                ("on", models.DateField(default=None, null=True)),
                ("found", models.DateField()),
                ("back", models.DateField(default=None, null=True)),
                ("answer", models.CharField(blank=True, default="", max_length=500)),
                ("answered", models.DateField(default=None, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        default=None,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="casework.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered", None), ("answered_by", None)),
                            models.Q(
                                ("answered__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="casework_missing_answer_is_whole",
                    )
                ],
            },
        ),
    ]
