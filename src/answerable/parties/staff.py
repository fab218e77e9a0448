"""What every desk with staff accounts adds to the settings that all parties share."""

from __future__ import annotations

from typing import Any

from answerable.parties.base import common

#: How many wrong attempts are taken in which time (in allauth's form). None is counted by address, which behind a
#: proxy all have in common; what is None here allauth would count so.
ATTEMPTS: dict[str, str | None] = {
    # The password of one name, by strangers; and of all names.
    "password": "5/5m/key,100/d/key",
    "password_strangers": "60/m/key",
    # The password, in a session or a browser of the person's own.
    "password_known": "5/5m/key,50/d/key",
    # The second factor of one person, by somebody who has given the password.
    "login_failed": "5/5m/key,50/d/key",
    "login": None,
    "reset_password": None,
    "reset_password_from_key": None,
    "request_login_code": None,
    "signup": None,
    "verify_phone": None,
}


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
        "ACCOUNT_RATE_LIMITS": dict(ATTEMPTS),
        "MFA_RATE_LIMITS": {"webauthn_login": None},  # by address, and a passkey cannot be guessed
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
