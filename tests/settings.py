"""Django settings of the test suite: every app at once, each kind of database under its own alias.

SQLite by default; with DATABASE_URL set (the suite's own PostgreSQL fixture sets it) every alias is a schema of that server.
"""

from __future__ import annotations

SECRET_KEY = "for-tests-only"
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
