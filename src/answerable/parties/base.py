"""What the settings of every party with pages have in common; `settings_for` takes the party's name.

A party's folder is ``ANSWERABLE_HOME``: its database ``<party>.db`` (or ``DATABASE_URL``, with one schema per party),
``secret.key``, and ``party.toml``, which names the party, its log and the address it is reached under.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from answerable.errors import AnswerableError
from answerable.ledger.databases import database
from answerable.ui import languages
from answerable.ui.logs import errors_only

PARTY_FILE = "party.toml"
_SERVER = "server"
SECRET_FILE = "secret.key"  # noqa: S105  # the name of a file


class PartyError(AnswerableError):
    """A party's folder lacks something, or its ``party.toml`` says something that cannot be."""


@dataclass(frozen=True)
class PartyFile:
    """``party.toml``: paths are relative to the folder; ``log`` is the published log, a folder or a URL, or "";
    ``hosts`` are further names it is reached under, such as an onion address. ``database``: "server" when the party was
    set up with DATABASE_URL, and is never to begin anew with empty files because somebody forgot it."""

    name: str
    ledger_name: str
    ack_key: Path
    log: str
    url: str
    hosts: tuple[str, ...] = ()
    database: str = ""


def place_of_database(found: PartyFile, file: Path) -> str | Path:
    """DATABASE_URL, or ``file``. Raises `PartyError` when it is not set, and the party's database is on a server."""
    place = os.environ.get("DATABASE_URL")
    if not place and found.database == _SERVER:
        raise PartyError(
            "this party's database is on a server, and DATABASE_URL is not set",
            where=str(file.parent / PARTY_FILE),
            todo="set DATABASE_URL to the address with the role that this process has",
        )
    return place or file


def read_party(home: Path) -> PartyFile:
    """Read ``party.toml`` in ``home``. Raises `PartyError`."""
    path = home / PARTY_FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PartyError(
            "the party's folder is not set up",
            where=str(path),
            todo="set it up: answerable correspondence init, casework init or intake init",
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PartyError(f"cannot be read: {error}", where=str(path)) from None
    for name in ("name", "ledger_name", "ack_key"):
        if not isinstance(found.get(name), str) or not found[name]:
            raise PartyError(f"{name} is missing", where=str(path), todo=f'add a line {name} = "…"')
    log = str(found.get("log", ""))
    if log and "://" not in log:
        log = str(home / log)
    hosts = tuple(str(found.get("hosts", "")).split())
    url, database = str(found.get("url", "")), str(found.get("database", ""))
    return PartyFile(found["name"], found["ledger_name"], home / found["ack_key"], log, url, hosts, database)


def write_party(home: Path, party: PartyFile) -> None:
    """Write ``party.toml``; the folder is made when absent. Raises `PartyError` when there is one already."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / PARTY_FILE
    if path.exists():
        raise PartyError("is there already", where=str(path), todo="edit it, or name another folder")
    values = {
        "name": party.name,
        "ledger_name": party.ledger_name,
        "ack_key": str(party.ack_key),
        "log": party.log,
        "url": party.url,
        "hosts": " ".join(party.hosts),
        "database": party.database or (_SERVER if os.environ.get("DATABASE_URL") else "files"),
    }
    for name, value in values.items():
        if not value.isprintable() or set(value) & set('"\\'):
            raise PartyError(f"{name} holds a character that cannot be written there: {value!r}", where=str(path))
    path.touch(mode=0o600)
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in values.items()), "utf-8")


def secret_key(home: Path) -> str:
    """The key that signs sessions: a file of mode 0600, made the first time. Raises `PartyError` for a wider mode."""
    path = home / SECRET_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass  # the usual case: it was made before
    except OSError as error:
        raise PartyError(f"cannot be made: {error.strerror}", where=str(path), todo="make the folder first") from None
    else:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
    if path.stat().st_mode & 0o077:
        raise PartyError("others may read this key", where=str(path), todo="chmod 600 it")
    return path.read_text("ascii").strip()


def settings_for(party: str, home: Path | None = None) -> dict[str, Any]:
    """Django's settings of ``party``. ``home`` defaults to ``ANSWERABLE_HOME``. Raises `PartyError`."""
    home = home or Path(os.environ.get("ANSWERABLE_HOME") or ".")
    found = read_party(home)
    address = urlsplit(found.url or "http://localhost")
    secure = address.scheme == "https"
    place = place_of_database(found, home / f"{party}.db")
    return {
        **common(),
        "SECRET_KEY": secret_key(home),
        "ANSWERABLE_HOME": home,
        "ANSWERABLE_LOG": found.log,
        "ANSWERABLE_PARTY": {"name": found.name, "ledger_name": found.ledger_name, "ack_key": found.ack_key},
        "ANSWERABLE_DATABASES": {"default": "party"},
        "DATABASES": {"default": database(place, schema=party, existing=True)},
        "ALLOWED_HOSTS": sorted({address.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"}),
        "CSRF_TRUSTED_ORIGINS": [f"{address.scheme}://{address.netloc}"] if found.url else [],
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_SECURE": secure,
        "SECURE_HSTS_SECONDS": 31_536_000 if secure else 0,
        "LOGGING": errors_only(),
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if secure else None,
    }


def common() -> dict[str, Any]:
    """What needs no folder: the same in every party with pages, and in the tests."""
    return {
        "DATABASE_ROUTERS": ["answerable.ledger.routers.Router"],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "answerable.ledger",
            "answerable.ui",
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "answerable.ui.middleware.SecurityHeaders",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "csp.middleware.CSPMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": True,
        "LANGUAGE_CODE": languages.DEFAULT,
        "LANGUAGES": languages.CHOICES,
        "LOCALE_PATHS": [languages.locale_path()],
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        **protection(),
    }


def protection() -> dict[str, Any]:
    """What guards the pages: passwords, what a page may load, cookies, the size of what is sent."""
    return {
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
            for name, options in (
                ("UserAttributeSimilarityValidator", {}),
                ("MinimumLengthValidator", {"min_length": 12}),
                ("CommonPasswordValidator", {}),
                ("NumericPasswordValidator", {}),
            )
        ],
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": ["'none'"],
                "script-src": ["'self'"],
                "style-src": ["'self'"],
                "img-src": ["'self'", "data:"],
                "form-action": ["'self'"],
                "base-uri": ["'none'"],
                "frame-ancestors": ["'none'"],
            }
        },
        "X_FRAME_OPTIONS": "DENY",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": 8 * 3600,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_HTTPONLY": True,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 4_000_000,
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    }
