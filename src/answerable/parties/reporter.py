"""Settings of the reporter party: what a person who reports meets. No accounts, no sessions, no log of visits.

Its folder is ``ANSWERABLE_HOME``: ``party.toml``, ``deployment.json``, ``readers.note``, ``pepper``, ``work_key``, the
sealed files, and ``intake.db`` (or ``DATABASE_URL``). It is served by `answerable.intake.door`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from answerable.ledger.databases import database
from answerable.parties.base import common, place_of_database, read_party, secret_key
from answerable.parties.deployed import FILES_FOLDER, PEPPER_FILE, READERS_FILE, WORK_FILE, deployment
from answerable.ui.logs import errors_only

#: Bytes of sealed files kept at most, unless ANSWERABLE_QUOTA says otherwise.
QUOTA = 20 * 1024**3
_DROPPED = {
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
}


def pages() -> dict[str, Any]:
    """What needs no folder."""
    shared = common()
    return {
        **shared,
        "INSTALLED_APPS": [
            "answerable.intake",
            *(app for app in shared["INSTALLED_APPS"] if app not in _DROPPED),
        ],
        "MIDDLEWARE": [
            "answerable.intake.middleware.Traceless",
            "django.middleware.security.SecurityMiddleware",
            "answerable.ui.middleware.SecurityHeaders",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        "ROOT_URLCONF": "answerable.intake.urls",
        # Nothing that is sent ever lies on a disk in clear: files are taken into memory, in a process that then ends.
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.MemoryFileUploadHandler"],
        "LOGGING": errors_only(""),
    }


def settings_for_reporter(home: Path) -> dict[str, Any]:
    """Django's settings of the reporter party in ``home``. Raises `PartyError`."""
    found = read_party(home)
    address = urlsplit(found.url or "http://localhost")
    secure = address.scheme == "https"
    place = place_of_database(found, home / "intake.db")
    hosts = {address.hostname or "localhost", "localhost", "127.0.0.1", "[::1]", *found.hosts}
    return {
        **pages(),
        "SECRET_KEY": secret_key(home),
        "ANSWERABLE_HOME": home,
        "ANSWERABLE_PARTIES": {
            "intake": {"name": found.name, "ledger_name": found.ledger_name, "ack_key": found.ack_key}
        },
        "ANSWERABLE_DATABASES": {"intake": "intake"},
        "DATABASES": {
            "default": {},
            "intake": {**database(place, schema="reporter", existing=True), "CONN_MAX_AGE": None},
        },
        # As owner (see `answerable intake migrate`) tables may be made; as reporter, only what a person may do.
        "ANSWERABLE_REPORTER": () if os.environ.get("ANSWERABLE_OWNER") == "1" else ("intake",),
        "ANSWERABLE_DEPLOYMENT": deployment(home),
        "ANSWERABLE_READERS": home / READERS_FILE,
        "ANSWERABLE_INTAKE": {
            "pepper": home / PEPPER_FILE,
            "work_key": home / WORK_FILE,
            "files": home / FILES_FOLDER,
            "quota_bytes": int(os.environ.get("ANSWERABLE_QUOTA") or QUOTA),
        },
        "ALLOWED_HOSTS": sorted(hosts),
        "SECURE_HSTS_SECONDS": 31_536_000 if secure else 0,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if secure else None,
    }


if os.environ.get("ANSWERABLE_HOME"):
    globals().update(settings_for_reporter(Path(os.environ["ANSWERABLE_HOME"])))
