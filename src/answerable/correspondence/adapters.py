"""Accounts of the desk: by invitation only, and with the second factor's secret encrypted where it is stored."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up: people are invited."""

    def is_open_for_signup(self, request: Any) -> bool:  # noqa: ARG002  # allauth's own signature
        """Never."""
        return False


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
