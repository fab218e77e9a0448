"""Giving and ending access: a stolen session of an administrator must not be able to, and its person still must."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import resolve, reverse

from answerable.casework import actions
from answerable.casework.models import Assignment, Invitation, Person
from answerable.casework.urls import urlpatterns
from answerable.casework.views import proof
from tests.desk.proving import give_app, prove, prove_code, prove_password
from tests.desk.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]
PEOPLE = "/desk/people/"
CONFIRMED = f"{PEOPLE}?confirm=1"
FORM = {"name": "new", "role": "assessor", "line": "assessment", "nationality": "", "languages": ""}


@pytest.fixture(autouse=True)
def unhurried() -> None:
    """How often somebody has tried is counted in the cache, across tests."""
    cache.clear()


def proposed(world: World) -> Invitation:
    """Somebody whom one administrator has proposed."""
    return actions.propose_invitation(world.people["adm"], "nia", "assessor", {})


def attempts(world: World, waiting: Invitation) -> list[tuple[str, dict[str, str]]]:
    """Every address that gives or ends access, and what is sent."""
    return [
        (reverse("people_invite"), FORM),
        (reverse("people_second", args=[waiting.handle]), {}),
        (reverse("people_revoke", args=[world.people["ida"].handle]), {}),
    ]


def kept() -> Any:
    """Who has access, in which roles, and who may get it."""
    people = sorted(Person.objects.values_list("handle", "ended", "user__is_active", "user__password"))
    roles = sorted(Assignment.objects.values_list("person", "role", "until"))
    invited = sorted(Invitation.objects.values_list("name", "seconded_by", "token_sha256", "over"))
    return people, roles, invited


def test_every_address_that_gives_or_ends_access_is_tried(world: World) -> None:
    # One that is added comes under this name, and has to be among the attempts
    named = {name for one in urlpatterns if (name := str(getattr(one, "name", ""))).startswith("people_")}
    assert named == {resolve(address).url_name for address, _ in attempts(world, proposed(world))}


def test_a_stolen_session_can_neither_give_nor_end_access(world: World) -> None:
    # Given a colleague's proposal, and a thief with the session of an administrator, who signed in a moment ago
    waiting = proposed(world)
    give_app(world, "axa")
    before = kept()
    thief = world.client("axa")
    # When access is given or ended, with no proof or with one part of it
    for tried in (lambda: None, lambda: prove_password(thief)):
        tried()
        for address, sent in attempts(world, waiting):
            answer = thief.post(address, sent)
            # Then nothing was written, and no link is shown
            assert (address, answer.status_code) == (address, 403)
            assert b"/desk/invitation/" not in answer.content
            assert kept() == before
    # And the page offers none of it
    page = thief.get(PEOPLE).content
    assert b"<form" not in page.partition(b"<main")[2].partition(b"</main>")[0]


def test_the_second_factor_alone_is_no_proof(world: World) -> None:
    waiting = proposed(world)
    secret = give_app(world, "axa")
    thief = world.client("axa")
    prove_code(thief, secret)
    before = kept()
    assert {thief.post(address, sent).status_code for address, sent in attempts(world, waiting)} == {403}
    assert kept() == before
    assert thief.get(CONFIRMED)["Location"].startswith(reverse("account_reauthenticate"))


def test_proof_grows_old_and_is_of_one_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = proposed(world)
    hers, thief = world.client("axa"), world.client("axa")
    prove(world, "axa", hers)
    before = kept()
    assert thief.post(*attempts(world, waiting)[2]).status_code == 403
    later = time.time() + proof.FRESH
    monkeypatch.setattr("answerable.casework.views.proof.time.time", lambda: later)
    assert {hers.post(address, sent).status_code for address, sent in attempts(world, waiting)} == {403}
    assert kept() == before


def test_an_administrator_is_led_to_both_pages_and_back_and_then_does_it(world: World) -> None:
    # Given an administrator whose page says that it asks first
    waiting = proposed(world)
    secret = give_app(world, "axa")
    hers = world.client("axa")
    assert CONFIRMED.encode() in hers.get(PEOPLE).content
    # When she follows it, she is asked for the password, then for the second factor, then comes back
    asked = hers.get(CONFIRMED)
    assert prove_password(hers, asked["Location"])["Location"] == CONFIRMED
    asked = hers.get(CONFIRMED)
    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
    assert prove_code(hers, secret, asked["Location"])["Location"] == CONFIRMED
    assert reverse("people_invite").encode() in hers.get(CONFIRMED).content
    # Then all of it is done
    statuses = [hers.post(address, sent).status_code for address, sent in attempts(world, waiting)]
    assert statuses == [302, 200, 302]
    assert Person.objects.get(pk=world.people["ida"].pk).ended is not None
    assert Invitation.objects.filter(name="new").exists()


def test_what_was_typed_is_not_lost_when_the_proof_has_run_out(world: World) -> None:
    answer = world.client("axa").post(reverse("people_invite"), FORM | {"name": "typed with care"})
    assert answer.status_code == 403
    assert b"typed with care" in answer.content
    assert CONFIRMED.encode() in answer.content


def test_a_thief_without_the_role_learns_nothing_from_the_refusal(world: World) -> None:
    waiting = proposed(world)
    for browser in (world.client("ida"), Client()):
        for address, sent in attempts(world, waiting):
            told = browser.post(address, sent)
            none = browser.post(address.replace(waiting.handle, "0" * 32), sent)
            assert (told.status_code, told.content) == (none.status_code, none.content)
            assert told.status_code in (302, 404)


def test_nobody_is_named_or_ended_who_is_not_there(world: World) -> None:
    hers = world.client("axa")
    prove(world, "axa", hers)
    before = kept()
    assert hers.post(reverse("people_revoke", args=["f" * 32])).status_code == 404
    assert hers.post(reverse("people_second", args=["f" * 32])).status_code == 302
    assert kept() == before
