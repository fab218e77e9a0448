"""Accounts of the desk: by invitation only, and with the second factor's secret encrypted where it is stored."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from answerable.ui.accounts import guards


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up: people are invited. `guards` says who may try a password now."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_passwords": _(
            "Too many attempts were wrong. Try again later, or in a browser in which you have signed in before. If that"
            " does not help, ask for a new invitation."
        ),
    }

    def is_open_for_signup(self, request: Any) -> bool:  # noqa: ARG002  # allauth's own signature
        """Never."""
        return False

    def get_client_ip(self, request: Any) -> str:  # noqa: ARG002  # allauth's own signature
        """Nothing is counted by where somebody comes from, so nobody's address is looked at."""
        return "anywhere"

    def pre_authenticate(self, request: Any, **credentials: Any) -> None:
        """Refuse a password unread when there were too many attempts, alike for names that exist and others."""
        usage = guards.begin(request, str(credentials.get("username") or ""))
        if usage is None:
            raise self.validation_error("too_many_passwords")
        self._login_failed_rl_usage = usage  # allauth takes it back when the password is right

    def post_login(self, request: Any, user: Any, **more: Any) -> Any:
        """Know the browser again in which somebody has signed in, with every factor they have."""
        response = super().post_login(request, user, **more)
        guards.welcome(request, response, user)
        return response


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of authenticator apps and recovery codes are stored encrypted under the desk's secret key."""

    def encrypt(self, text: str) -> str:
        """The text to store."""
        return _box().encrypt(text.encode("utf-8")).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return _box().decrypt(encrypted_text.encode("ascii")).decode("utf-8")


def _box() -> Fernet:
    digest = hashlib.sha256(b"answerable/second-factor\0" + settings.SECRET_KEY.encode("utf-8")).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
