"""Proving again who one is, on the desk's own pages: the password, and a code of an authenticator app."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from tests.desk.world import PASSWORD, World
from tests.journeys.desk import code


def give_app(world: World, name: str) -> str:
    """An authenticator app for somebody, in place of what they had; its secret."""
    user = world.people[name].user
    Authenticator.objects.filter(user=user).delete()
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def prove_password(browser: Client, address: str = "") -> Any:
    """Confirm the password; the page's answer."""
    answer = browser.post(address or reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return answer


def prove_code(browser: Client, secret: str, address: str = "") -> Any:
    """Confirm with a code; the page's answer."""
    answer = browser.post(address or reverse("mfa_reauthenticate"), {"code": code(secret)})
    assert answer.status_code == 302, answer.content
    return answer


def prove(world: World, name: str, browser: Client) -> None:
    """Both."""
    secret = give_app(world, name)
    prove_password(browser)
    prove_code(browser, secret)
