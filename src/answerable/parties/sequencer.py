"""Settings of the sequencer's process: the ledger's own databases, and every party's outbox, guarded.

ANSWERABLE_LEDGER names the ledger's folder; DATABASE_URL, when set, the server that holds its two schemas.
"""

from __future__ import annotations

import os
import secrets

from answerable.ledger import config

_CONFIG = config.load(os.environ.get("ANSWERABLE_LEDGER", "."))
_REBUILDS = bool(os.environ.get("ANSWERABLE_REBUILD"))

SECRET_KEY = secrets.token_urlsafe(32)  # nothing here is signed by Django; it insists on having one
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = ["answerable.ledger"]
DATABASES = {"default": {}, **_CONFIG.databases(as_owner=_REBUILDS)}
DATABASE_ROUTERS = ["answerable.ledger.routers.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Alias -> kind of database.
ANSWERABLE_DATABASES = _CONFIG.kinds()
#: Databases of other parties: their outbox may be read, and its idx set; nothing else, but in a rebuild.
ANSWERABLE_GUARDED = () if _REBUILDS else tuple(f"party_{party}" for party in _CONFIG.outboxes)
#: For whom the ledger itself records.
ANSWERABLE_PARTIES = {"ledger": _CONFIG.ledger_party()}
