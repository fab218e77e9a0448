"""Settings of a witness. Its folder is ``ANSWERABLE_HOME``; its state is ``witness.db`` there, or ``DATABASE_URL``.

A witness has no pages, accounts or sessions: two addresses, one table of logs, two keys. An organisation can run it
without running anything else of this project.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from answerable.ledger.databases import database

ANSWERABLE_HOME = os.environ.get("ANSWERABLE_HOME", ".")
#: Print each request as a line of JSON rather than for a person.
ANSWERABLE_JSON = os.environ.get("ANSWERABLE_JSON") == "1"
ANSWERABLE_DATABASES = {"default": "witness"}

_PLACE = os.environ.get("DATABASE_URL") or Path(ANSWERABLE_HOME) / "witness.db"
DATABASES = {"default": {**database(_PLACE, existing=True), "CONN_HEALTH_CHECKS": True}}
if isinstance(_PLACE, Path):
    DATABASES["default"]["CONN_MAX_AGE"] = None  # SQLite: one connection per thread, kept
DATABASE_ROUTERS = ["answerable.ledger.routers.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = ["answerable.ledger.witness"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "answerable.ledger.witness.urls"
TEMPLATES: list[dict[str, object]] = []
# Nothing is signed with it; Django refuses to start without one.
SECRET_KEY = secrets.token_urlsafe(32)
# Logs reach a witness under whatever name its operator gave it; no answer depends on the name.
ALLOWED_HOSTS = ["*"]
APPEND_SLASH = False
USE_TZ = True
USE_I18N = False
# Every request is told in one line by the view; Django's own lines would say it twice. Its errors still show.
LOGGING = {"version": 1, "disable_existing_loggers": False, "loggers": {"django.request": {"level": "ERROR"}}}
