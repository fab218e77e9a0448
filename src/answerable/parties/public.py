"""The public party: settings for writing pages from plain files, and the application that serves what was written.

It has no database, no accounts, no sessions and no secret. ``ANSWERABLE_SITE`` is the folder of the written site,
``ANSWERABLE_PUBLIC`` the public folder of the ledger whose log is served beside it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from answerable.publication.serving import PublicFiles
from answerable.ui import languages

INSTALLED_APPS = ["answerable.ui", "answerable.publication"]
DATABASES: dict[str, object] = {}
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = languages.DEFAULT
LANGUAGES = languages.CHOICES
LOCALE_PATHS = [languages.locale_path()]
# Nothing is signed with it; Django refuses to start without one.
SECRET_KEY = secrets.token_urlsafe(32)

_PUBLIC = os.environ.get("ANSWERABLE_PUBLIC")
#: WSGI: the written site, and the log's public folder.
application = PublicFiles(Path(os.environ.get("ANSWERABLE_SITE", "site")), Path(_PUBLIC) if _PUBLIC else None)
