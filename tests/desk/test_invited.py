"""Whoever is invited to the desk comes in, even while strangers guess at their account."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from answerable.casework import actions
from answerable.casework.models import Person
from answerable.parties.staff import ATTEMPTS
from tests.desk.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]

PASSWORD = "a calm and quiet sentence"


def comes_in(client: Client, name: str, password: str = PASSWORD) -> bool:
    return client.post(reverse("account_login"), {"login": name, "password": password}).status_code == 302


def test_the_browser_in_which_a_password_was_chosen_waits_for_no_stranger(world: World) -> None:
    cache.clear()
    proposed = actions.propose_invitation(Person.objects.get(user__username="adm"), "new", "assessor", {})
    link = actions.second_invitation(Person.objects.get(user__username="axa"), proposed.handle)
    own = Client()
    chosen = {"password": PASSWORD, "again": PASSWORD}
    with override_settings(ACCOUNT_RATE_LIMITS=ATTEMPTS):
        assert own.post(reverse("invitation", args=[link]), chosen).status_code == 302
        assert not any(comes_in(Client(), "new", f"wrong guess {number}") for number in range(5))
        assert not comes_in(Client(), "new")
        assert comes_in(own, "new")
