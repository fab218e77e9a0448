"""Guessing at the desk's door: what a guesser gets, whom they can make wait, and who comes in all the same.

Everybody here comes from one address, as behind a proxy.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.account import app_settings as account_limits
from allauth.core.internal.ratelimit import parse_rates
from allauth.mfa import app_settings as second_limits
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from answerable.correspondence import actions
from answerable.correspondence.models import Editor
from answerable.parties.editors import DESK
from answerable.ui.accounts import guards
from tests.journeys.desk import code

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("limited")]

PASSWORD = "a calm and quiet sentence"
MINUTE, DAY = 60, 86_400


class Clock:
    """The time by which attempts are counted; what waits for a lock has the real one."""

    monotonic, sleep = staticmethod(time.monotonic), staticmethod(time.sleep)

    def __init__(self) -> None:
        self.now = 1_780_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def limited(settings: Any) -> None:
    """The limits as they are at a real desk, and nothing counted yet."""
    settings.ACCOUNT_RATE_LIMITS = DESK["ACCOUNT_RATE_LIMITS"]
    settings.MFA_RATE_LIMITS = DESK["MFA_RATE_LIMITS"]
    cache.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands, and that the counting looks at."""
    found = Clock()
    monkeypatch.setattr("allauth.core.internal.ratelimit.time", found)
    monkeypatch.setattr("django.core.cache.backends.locmem.time", found)
    monkeypatch.setattr("django.core.cache.backends.base.time", found)
    return found


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def given(client: Client, name: str, password: str) -> str:
    """The page that follows: "in", "wrong" or "wait"."""
    response = client.post(reverse("account_login"), {"login": name, "password": password})
    if response.status_code == 302:
        return "in"
    return "wait" if b"Too many attempts were wrong" in response.content else "wrong"


def enrolled(user: Any) -> str:
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def signed_in_before(people: dict[str, Any], name: str = "ada") -> Client:
    """The browser in which ``name`` signed in, and out."""
    client = browser()
    assert given(client, name, PASSWORD) == "in"
    client.post(reverse("account_logout"))
    assert client.get(reverse("desk")).status_code == 302
    return client


def test_whoever_types_wrong_passwords_makes_nobody_else_wait(people: dict[str, Any]) -> None:
    # Given a stranger who tries one name after the other until that name waits
    stranger = browser()
    for name in ("ada", "ben", "nobody"):
        assert [given(stranger, name, f"wrong guess {n}") for n in range(6)] == ["wrong"] * 5 + ["wait"], name
    # Then others sign in, from the same address, in browsers that nobody knows
    assert given(browser(), "cleo", PASSWORD) == "in"
    assert given(browser(), "dora", PASSWORD) == "in"


def test_no_limit_looks_at_an_address(people: dict[str, Any]) -> None:
    # Given five wrong guesses from five addresses, the name waits for a sixth
    for number in range(5):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(reverse("account_login"), {"login": "ada", "password": "wrong"})
    sixth = Client(REMOTE_ADDR="192.0.2.99", headers={"x-forwarded-for": "198.51.100.7", "accept-language": "en"})
    assert given(sixth, "ada", PASSWORD) == "wait"
    # And no address is in what is kept, nor is any attempt of the accounts library counted by one
    kept = repr(cache._cache)  # type: ignore[attr-defined]  # the store in memory, looked at as a thief would
    assert "192.0.2" not in kept
    assert "198.51.100" not in kept
    rates = {**account_limits.RATE_LIMITS, **second_limits.RATE_LIMITS}
    assert [action for action, said in rates.items() if any(rate.per == "ip" for rate in parse_rates(said))] == []


def attempt(name: str) -> bool:
    """Whether a stranger's attempt at ``name`` is looked at: what the form asks first."""
    request = RequestFactory().post(reverse("account_login"))
    request.user = AnonymousUser()
    return guards.begin(request, name) is not None


def test_one_account_can_be_guessed_at_a_hundred_times_a_day(clock: Clock) -> None:
    taken = 0
    for _ in range(DAY // (5 * MINUTE)):
        taken += sum(attempt("ada") for _ in range(6))
        clock.now += 5 * MINUTE
    assert taken == 100
    assert attempt("ada"), "a day after the first"


def test_many_accounts_can_be_guessed_at_sixty_times_a_minute(people: dict[str, Any], clock: Clock) -> None:
    known = signed_in_before(people)
    # Given somebody who tries a common password at every name there might be
    said = [attempt(f"name{n}") for n in range(70)]
    assert said == [True] * 60 + [False] * 10
    # Then strangers wait for a minute, and whoever signed in with their browser before does not
    assert given(browser(), "cleo", PASSWORD) == "wait"
    assert given(known, "ada", PASSWORD) == "in"
    clock.now += MINUTE
    assert given(browser(), "cleo", PASSWORD) == "in"


def test_right_passwords_are_not_counted(people: dict[str, Any], settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**DESK["ACCOUNT_RATE_LIMITS"], "password_strangers": "6/m/key"}
    assert [given(browser(), "ada", PASSWORD) for _ in range(7)] == ["in"] * 7


def test_spelling_a_name_in_another_way_gives_no_further_attempts(people: dict[str, Any]) -> None:
    # Given names that the accounts library takes for one (the last begins with a space)
    spelled = ["ada", "ADA", "Ada", "aDa", " ada"]
    assert [given(browser(), name, "wrong guess") for name in spelled] == ["wrong"] * 5
    assert given(browser(), "adA", PASSWORD) == "wait"


def test_names_that_exist_and_others_wait_alike(people: dict[str, Any]) -> None:
    actions.invite("gus", "author")  # invited, and has chosen no password yet
    actions.dismiss("ben")
    pages = {}
    for name in ("ada", "nobody", "gus", "ben"):
        shown = []
        for _ in range(7):
            page = browser().post(reverse("account_login"), {"login": name, "password": "a wrong sentence"})
            text = page.content.decode().replace(name, "NAME")
            shown.append(text[text.index("<main") :].partition("csrfmiddlewaretoken")[2].partition(">")[2])
        pages[name] = shown
    assert pages["ada"] == pages["nobody"] == pages["gus"] == pages["ben"]
    assert pages["ada"][4] != pages["ada"][5]


def test_a_person_whom_strangers_keep_out_comes_in_with_a_browser_of_theirs(people: dict[str, Any]) -> None:
    own = signed_in_before(people)
    stranger = browser()
    for number in range(6):
        given(stranger, "ada", f"wrong guess {number}")
    assert given(browser(), "ada", PASSWORD) == "wait"
    assert given(own, "ada", PASSWORD) == "in"


def test_a_browser_of_ones_own_is_no_way_to_guess(people: dict[str, Any], clock: Clock) -> None:
    # Given whoever has the browser, or its cookie, of somebody who signed in
    own = signed_in_before(people)
    stolen = browser()
    stolen.cookies[guards.COOKIE] = own.cookies[guards.COOKIE].value
    said = [given(each, "ada", f"wrong guess {n}") for n in range(3) for each in (own, stolen)]
    assert said == ["wrong"] * 5 + ["wait"]
    # Then it helps with no other name, and not for ever
    for number in range(5):
        given(browser(), "cleo", f"wrong guess {number}")
        given(browser(), "ada", f"wrong guess {number}")
    assert given(stolen, "cleo", PASSWORD) == "wait"
    assert given(browser(), "ada", PASSWORD) == "wait"


def test_the_cookie_counts_for_a_time(people: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    own = signed_in_before(people)
    for number in range(5):
        given(browser(), "ada", f"wrong guess {number}")
    monkeypatch.setattr(guards, "KNOWN_FOR", -1)
    assert given(own, "ada", PASSWORD) == "wait"


@pytest.mark.parametrize("value", ["", ".", "x", "a:b:c", "ä", "." * 2_000, "a" * 5_000, "0:0:0.1:1:1"])
def test_a_made_up_cookie_is_nothing(people: dict[str, Any], value: str) -> None:
    client = browser()
    client.cookies[guards.COOKIE] = value
    assert [given(client, "ada", f"wrong guess {n}") for n in range(6)] == ["wrong"] * 5 + ["wait"]


def test_the_cookie_names_nobody_and_is_for_signing_in_alone(people: dict[str, Any]) -> None:
    client = browser()
    given(client, "ada", PASSWORD)
    cookie = client.cookies[guards.COOKIE]
    assert "ada" not in cookie.value
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Strict", reverse("account_login"))
    # And a password without the second factor does not make a browser known
    enrolled(people["cleo"])
    half = browser()
    assert given(half, "cleo", PASSWORD) == "in"
    assert guards.COOKIE not in half.cookies


def test_several_people_share_a_browser(people: dict[str, Any]) -> None:
    shared = browser()
    for name in ("ada", "ben", "ada"):
        assert given(shared, name, PASSWORD) == "in"
        shared.post(reverse("account_logout"))
    for name in ("ada", "ben"):
        for number in range(5):
            given(browser(), name, f"wrong guess {number}")
        assert given(shared, name, PASSWORD) == "in"
        shared.post(reverse("account_logout"))
    assert shared.cookies[guards.COOKIE].value.count(".") == 1


def test_a_second_factor_is_guessed_at_five_times_and_fifty_times_a_day(
    people: dict[str, Any], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given somebody who knows the password, and begins anew whenever they have to wait
    enrolled(people["ada"])
    asked: list[str] = []
    monkeypatch.setattr(TOTP, "validate_code", lambda _self, given: asked.append(given) or False)
    for _ in range(11):
        client = browser()
        given(client, "ada", PASSWORD)
        for number in range(6):
            client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
        clock.now += 5 * MINUTE
    assert len(asked) == 50
    # Then no code is looked at any more, not even a right one
    monkeypatch.setattr(TOTP, "validate_code", lambda _self, _given: True)
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.get(reverse("desk")).status_code == 302


def test_a_new_invitation_ends_the_waiting(people: dict[str, Any]) -> None:
    # Given an account at which a stranger guesses, its password and, knowing it, its second factor
    enrolled(people["ada"])
    for number in range(6):
        client = browser()
        given(client, "ada", PASSWORD)
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    for number in range(5):
        given(browser(), "ada", f"wrong guess {number}")
    assert given(browser(), "ada", PASSWORD) == "wait"
    # When its person is invited anew
    own, other = browser(), "another calm and quiet sentence"
    link = reverse("invitation", args=[actions.invite("ada", Editor.objects.get(user=people["ada"]).role)])
    assert own.post(link, {"password": other, "again": other}).status_code == 302
    # Then they come in, from that browser whatever the stranger goes on to do, and set up a second factor
    for number in range(6):
        given(browser(), "ada", f"wrong guess {number}")
    assert given(browser(), "ada", other) == "wait"
    assert given(own, "ada", other) == "in"
    own.post(reverse("account_logout"))
    assert not Authenticator.objects.filter(user=people["ada"]).exists()
    secret = enrolled(people["ada"])
    assert given(own, "ada", other) == "in"
    assert own.post(reverse("mfa_authenticate"), {"code": code(secret)})["Location"] == reverse("desk")


def test_a_stolen_session_is_no_way_to_guess_the_password(people: dict[str, Any]) -> None:
    # Given a session, in which the password is asked for again
    session = signed_in_before(people)
    given(session, "ada", PASSWORD)
    for number in range(5):
        session.post(reverse("account_reauthenticate"), {"password": f"wrong guess {number}"})
    # Then the right one waits; but no stranger at the door can bring that about
    assert session.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 200
    cache.clear()
    for number in range(6):
        given(browser(), "ada", f"wrong guess {number}")
    assert session.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
