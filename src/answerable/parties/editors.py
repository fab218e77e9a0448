"""Settings of the editors' desk: accounts with a second factor, and the pages on which letters are entered."""

from __future__ import annotations

import os
from typing import Any

from answerable.parties.base import common, settings_for

#: What the desk adds to the settings that all parties share. Also part of the tests' settings.
DESK: dict[str, Any] = {
    "INSTALLED_APPS": [
        "answerable.correspondence",
        *common()["INSTALLED_APPS"],
        "allauth",
        "allauth.account",
        "allauth.mfa",
    ],
    "MIDDLEWARE": [
        *common()["MIDDLEWARE"][:2],
        "answerable.correspondence.middleware.limits",
        *common()["MIDDLEWARE"][2:],
        "allauth.account.middleware.AccountMiddleware",
        "answerable.correspondence.middleware.second_factor",
    ],
    "ROOT_URLCONF": "answerable.correspondence.urls",
    "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "desk",
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_ADAPTER": "answerable.correspondence.adapters.AccountAdapter",
    "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
    "ACCOUNT_SESSION_REMEMBER": False,
    # Attempts and used codes are counted in memory, in the one worker; room enough that nobody floods them out.
    "CACHES": {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 200_000},
        }
    },
    "MFA_ADAPTER": "answerable.correspondence.adapters.SecondFactorAdapter",
    "MFA_FORMS": {
        "add_webauthn": "answerable.correspondence.forms.AddPasskeyForm",
        "edit_webauthn": "answerable.correspondence.forms.EditPasskeyForm",
    },
    "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
    "MFA_ALLOW_UNVERIFIED_EMAIL": True,
    "MFA_TOTP_ISSUER": "Answerable",
    "MFA_RECOVERY_CODES_SHOW_ONCE": False,
}

if os.environ.get("ANSWERABLE_HOME"):
    globals().update(settings_for("editors") | DESK)
    # A passkey needs https; a browser accepts http on the machine itself, which is how the demo runs.
    MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not globals()["SESSION_COOKIE_SECURE"]
