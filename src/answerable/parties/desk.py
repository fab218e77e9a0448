"""Settings of the desk: case officers, their pages, and nothing that can be read on the server.

Its folder is ``ANSWERABLE_HOME``: as every party's, and ``keys.db`` (wraps, opening keys; backups of its own),
``wrapping``, the sealed files, ``deployment.json``, ``readers.note``, ``recovery-key.json``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from answerable.ledger.databases import database
from answerable.parties.base import settings_for
from answerable.parties.deployed import FILES_FOLDER, READERS_FILE, RECOVERY_FILE, WRAPPING_FILE, deployment
from answerable.parties.staff import staff


def settings_for_desk(home: Path) -> dict[str, Any]:
    """Django's settings of the desk in ``home``. Raises `PartyError`."""
    own = settings_for("desk", home)
    url = os.environ.get("DATABASE_URL")
    policy = home / "policy"
    found = {
        **own,
        **staff("answerable.casework", "casework/base.html"),
        "DATABASES": {
            "default": own["DATABASES"]["default"],
            "keys": database(url or home / "keys.db", schema="desk_keys", existing=True),
        },
        "ANSWERABLE_DATABASES": {"default": "party", "keys": "keys"},
        "ANSWERABLE_DEPLOYMENT": deployment(home),
        "ANSWERABLE_READERS": home / READERS_FILE,
        "ANSWERABLE_CASEWORK": {
            "wrapping": home / WRAPPING_FILE,
            "files": home / FILES_FOLDER,
            "recovery_key": home / RECOVERY_FILE,
        },
    }
    if policy.is_dir():  # the deployment's own policy files; those that come with the program otherwise
        found["ANSWERABLE_POLICY"] = policy
    # A passkey needs https; a browser accepts http on the machine itself, which is how the demo runs.
    found["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"] = not found["SESSION_COOKIE_SECURE"]
    return found


if os.environ.get("ANSWERABLE_HOME"):
    globals().update(settings_for_desk(Path(os.environ["ANSWERABLE_HOME"])))
