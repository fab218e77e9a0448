"""Django settings of the test suite: every app at once, each kind of database under its own alias.

SQLite by default. With ``--database=postgres`` (or ANSWERABLE_TEST_DATABASE=postgresql) a real PostgreSQL server is
started here, because pytest-django reads the settings before anything else; every alias is then a database there.
"""

from __future__ import annotations

from answerable.ledger.databases import database
from answerable.parties.base import common
from answerable.parties.editors import DESK
from answerable.ui import languages
from tests import postgres

SECRET_KEY = "for-tests-only"
USE_TZ = True
USE_I18N = True
TIME_ZONE = "UTC"
LANGUAGES = languages.CHOICES
LOCALE_PATHS = [languages.locale_path()]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "answerable.ledger",
    # Each part adds its app here.
    "answerable.ledger.witness",
    "answerable.ui",
    "answerable.publication",
    "answerable.intake",
    "answerable.casework",
]

_URL = postgres.running().url() if postgres.chosen() == "postgresql" else None
#: Alias -> kind of database (answerable.ledger.routers).
ANSWERABLE_DATABASES = {
    "default": "party",
    "keys": "keys",
    "intake": "intake",
    "ledger": "ledger",
    "witness": "witness",
}
DATABASES = {alias: database(_URL) if _URL else database(":memory:") for alias in ANSWERABLE_DATABASES}
for _alias, _database in DATABASES.items():
    _database["TEST"] = {"NAME": f"test_{_alias}" if _URL else None}
DATABASE_ROUTERS = ["answerable.ledger.routers.Router"]

# The desk's own: its accounts and second factor, middleware, pages. Apps that are listed above stay as they are.
INSTALLED_APPS += [app for app in DESK["INSTALLED_APPS"] if app not in INSTALLED_APPS]
globals().update({name: value for name, value in (common() | DESK).items() if name not in globals()})
# allauth slows down whoever guesses; tests sign in often.
ACCOUNT_RATE_LIMITS = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
