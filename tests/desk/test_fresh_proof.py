"""Replacing keys ends the old ones: a session that somebody stole must not be able to, and its person still must."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from answerable.casework.models import Person, PublicKey, Wrap
from answerable.casework.views import proof
from answerable.casework.views.texts import b64
from tests.desk.proving import give_app, prove_code, prove_password
from tests.desk.taking import take
from tests.desk.world import Report, World, draw

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]
NEW = "/desk/keys/?new=1"


@pytest.fixture(autouse=True)
def unhurried() -> None:
    """How often somebody has tried is counted in the cache, across tests."""
    cache.clear()


def body(**more: Any) -> dict[str, Any]:
    made = {"x25519": draw(32).hex(), "ed25519": draw(32).hex(), "salt": b64(draw(16))}
    return made | {"wrapped_x": b64(draw(76)), "wrapped_ed": b64(draw(76))} | more


def register(browser: Client, sent: dict[str, Any]) -> Any:
    return browser.post(reverse("register_keys"), sent, content_type="application/json")


def kept(world: World) -> Any:
    person = Person.objects.get(pk=world.people["ida"].pk)
    wraps = sorted(Wrap.objects.using("keys").values_list("pk", flat=True))
    return sorted(PublicKey.objects.filter(person=person).values_list("x25519", "until")), wraps


def test_a_stolen_session_cannot_throw_away_its_persons_keys(world: World) -> None:
    # Given somebody with a case, and a thief with her session, who signed in a moment ago
    report = Report(world)
    report.take_in(1)
    take(world, "ida", report.handle)
    give_app(world, "ida")
    before = kept(world)
    assert before[1], "there is something to lose"
    thief = world.client("ida")
    # When keys are sent in place of hers, with no proof or with one part of it
    for tried in (lambda: None, lambda: prove_password(thief)):
        tried()
        answer = register(thief, body(replace=True))
        # Then it is refused, and nothing has ended
        assert answer.status_code == 403
        assert answer.json()["code"] == "reauthenticate"
        assert kept(world) == before
    # And what a thief can do to the session's half opens nothing and ends nothing of hers
    for sent in ({"fresh": True}, {"fresh": False}):
        told = thief.post(reverse("half"), sent, content_type="application/json").json()
        assert set(told) == {"half"}
    assert thief.post(reverse("lock"), {}, content_type="application/json").json() == {}
    assert kept(world) == before


def test_the_second_factor_alone_is_no_proof(world: World) -> None:
    secret = give_app(world, "ida")
    thief = world.client("ida")
    prove_code(thief, secret)
    assert thief.get(NEW)["Location"].startswith(reverse("account_reauthenticate"))
    assert register(thief, body(replace=True)).status_code == 403


def test_proof_grows_old_and_is_of_one_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = give_app(world, "ida")
    hers, thief = world.client("ida"), world.client("ida")
    prove_password(hers)
    prove_code(hers, secret)
    assert hers.get(NEW).status_code == 200
    assert register(thief, body(replace=True)).status_code == 403
    later = time.time() + proof.FRESH
    monkeypatch.setattr("answerable.casework.views.proof.time.time", lambda: later)
    assert register(hers, body(replace=True)).status_code == 403


def test_who_lost_a_passphrase_is_led_to_both_pages_and_back(world: World) -> None:
    # Given somebody who lost her passphrase: she is signed in, and unlocked nowhere
    secret = give_app(world, "ida")
    hers = world.client("ida", unlocked=False)
    # When she asks for new keys, she is asked for the password, then for the second factor, then comes back
    asked = hers.get(NEW)
    assert asked.status_code == 302
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert prove_password(hers, asked["Location"])["Location"] == NEW
    asked = hers.get(NEW)
    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
    assert prove_code(hers, secret, asked["Location"])["Location"] == NEW
    assert b'data-replace="1"' in hers.get(NEW).content
    # Then her new keys are taken, with nothing of the old ones asked for
    sent = body(replace=True)
    assert register(hers, sent).status_code == 201
    keys = Person.objects.get(pk=world.people["ida"].pk).keys
    assert keys is not None
    assert bytes(keys.x25519).hex() == sent["x25519"]


def test_who_has_a_passkey_only_is_led_to_it(world: World) -> None:
    user = world.people["ida"].user
    Authenticator.objects.filter(user=user).update(type=Authenticator.Type.WEBAUTHN)
    hers = world.client("ida")
    prove_password(hers)
    assert hers.get(NEW)["Location"].startswith(reverse("mfa_reauthenticate_webauthn"))


def test_first_keys_need_no_proof(world: World) -> None:
    world.people["ida"].public_keys.all().delete()
    browser = world.client("ida", unlocked=False)
    assert browser.get(NEW).status_code == 200
    assert register(browser, body(replace=False)).status_code == 201
