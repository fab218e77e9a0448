"""Accounts of the desk: by invitation only, and with the second factor's secret encrypted where it is stored."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings

_COUNTED = secrets.token_bytes(32)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up: people are invited."""

    def is_open_for_signup(self, request: Any) -> bool:  # noqa: ARG002  # allauth's own signature
        """Never."""
        return False

    def get_client_ip(self, request: Any) -> str:
        """What attempts are counted by: a keyed hash of the address, new with each start, and never the address."""
        address = str(super().get_client_ip(request))
        return "client-" + hashlib.blake2b(address.encode("utf-8"), key=_COUNTED, digest_size=16).hexdigest()


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
