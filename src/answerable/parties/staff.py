"""What every desk with staff accounts adds to the settings that all parties share."""

from __future__ import annotations

from typing import Any

from answerable.parties.base import common


def staff(app: str, base: str) -> dict[str, Any]:
    """Settings of a desk: its ``app`` (such as ``answerable.casework``), whose pages extend the template ``base``.

    An account has a second factor: a passkey, or an authenticator app beside the password.
    """
    shared = common()
    templates: list[dict[str, Any]] = shared["TEMPLATES"]
    templates[0]["OPTIONS"]["context_processors"].append("answerable.ui.accounts.views.desk_base")
    return {
        "INSTALLED_APPS": [
            app,
            "answerable.ui.accounts",
            *shared["INSTALLED_APPS"],
            "allauth",
            "allauth.account",
            "allauth.mfa",
        ],
        "MIDDLEWARE": [
            *shared["MIDDLEWARE"][:2],
            "answerable.ui.accounts.middleware.limits",
            *shared["MIDDLEWARE"][2:],
            "allauth.account.middleware.AccountMiddleware",
            "answerable.ui.accounts.middleware.second_factor",
        ],
        "TEMPLATES": templates,
        "ROOT_URLCONF": f"{app}.urls",
        "ANSWERABLE_DESK_BASE": base,
        **_accounts(),
    }


def _accounts() -> dict[str, Any]:
    return {
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "desk",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_ADAPTER": "answerable.ui.accounts.adapters.AccountAdapter",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_SESSION_REMEMBER": False,
        # Attempts and used codes are counted in memory, in the one worker; room enough that nobody floods them out.
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "OPTIONS": {"MAX_ENTRIES": 200_000},
            }
        },
        "MFA_ADAPTER": "answerable.ui.accounts.adapters.SecondFactorAdapter",
        "MFA_FORMS": {
            "add_webauthn": "answerable.ui.accounts.forms.AddPasskeyForm",
            "edit_webauthn": "answerable.ui.accounts.forms.EditPasskeyForm",
        },
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_TOTP_ISSUER": "Answerable",
        "MFA_RECOVERY_CODES_SHOW_ONCE": False,
    }
