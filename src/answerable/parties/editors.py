"""Settings of the editors' desk: accounts with a second factor, and the pages on which letters are entered."""

from __future__ import annotations

import os
from typing import Any

from answerable.parties.base import settings_for
from answerable.parties.staff import staff

#: What the desk adds to the settings that all parties share. Also part of the tests' settings.
DESK: dict[str, Any] = staff("answerable.correspondence", "correspondence/base.html")

if os.environ.get("ANSWERABLE_HOME"):
    globals().update(settings_for("editors") | DESK)
    # A passkey needs https; a browser accepts http on the machine itself, which is how the demo runs.
    MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not globals()["SESSION_COOKIE_SECURE"]
