"""Who reaches which address of the desk: one table, complete by construction, over every route, act and role.

Whoever does not reach an object gets, for it, exactly the answer that they get for one that never existed: status,
headers, body, size, and the same number of questions to the databases.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from answerable.casework.models import Decision, Handover, Record, Recovery
from answerable.casework.views.acts import ACTS
from answerable.sealing.place import Record as RecordKind
from tests.desk.conftest import world  # noqa: F401  # fixture
from tests.desk.taking import take
from tests.desk.world import BACKEND, STAFF, Report, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]

#: Who asks: nobody; an account of nobody who works here; somebody without a second factor; and all of the desk's staff.
#: The reporter struck "ivo" out.
ACTORS = ("anonymous", "stranger", "unfactored", *(name for name, *_ in STAFF))
EVERYBODY = frozenset(name for name, *_ in STAFF)
ADMINISTRATORS = frozenset({"adm", "axa"})
NOBODY: frozenset[str] = frozenset()
#: Routes of the desk that name no object: who gets an answer other than "there is nothing here".
PLAIN: Mapping[tuple[str, str], frozenset[str]] = {
    ("desk", "GET"): EVERYBODY,
    ("keys", "GET"): EVERYBODY,
    ("replacements", "GET"): EVERYBODY,
    ("rules", "GET"): EVERYBODY,
    ("people", "GET"): ADMINISTRATORS,
    ("people_invite", "POST"): ADMINISTRATORS,
    ("api", "GET"): EVERYBODY,
    ("openapi", "GET"): EVERYBODY,
    ("half", "POST"): EVERYBODY,
    ("lock", "POST"): EVERYBODY,
    ("words", "GET"): EVERYBODY,
    ("desk_readers", "GET"): EVERYBODY,
    ("recovery_key", "GET"): EVERYBODY,
    ("register_keys", "POST"): EVERYBODY,
    ("api_queue", "GET"): EVERYBODY,
}
#: Routes that name an object: which kinds, and who reaches each.
REPORT = frozenset({"ida", "ada"})
CASE = frozenset({"ida"})
FILE = frozenset({"ada", "wim", "wes"})
SEES = {"report": REPORT, "case": CASE, "file": FILE}


@dataclass(frozen=True)
class Row:
    """A route, its method, the object it names, the rest of its address and what is sent, and who reaches it."""

    route: str
    method: str
    names: str
    reached: frozenset[str]
    rest: tuple[str, ...] = ()
    body: Mapping[str, Any] | None = None


TABLE = (
    Row("report", "GET", "report", REPORT),
    Row("report", "GET", "case", NOBODY),
    Row("case", "GET", "case", CASE),
    Row("case", "GET", "report", NOBODY),
    Row("person", "GET", "file", FILE),
    Row("person", "GET", "report", NOBODY),
    Row("hand_over", "GET", "case", CASE),
    Row("hand_over", "GET", "report", NOBODY),
    Row("decide", "GET", "case", CASE),
    Row("decide", "GET", "file", NOBODY),
    Row("export", "GET", "report", REPORT),
    Row("export", "GET", "case", CASE),
    Row("export", "GET", "file", FILE),
    Row("recovery", "GET", "recovery", frozenset({"ida"})),
    Row("recovery_request", "GET", "recovery", frozenset({"ida"})),
    Row("recovery_partials", "POST", "recovery", frozenset({"ida"}), body={}),
    Row("api_record", "GET", "report", REPORT),
    Row("api_record", "GET", "case", CASE),
    Row("api_record", "GET", "file", FILE),
    Row("open", "POST", "report", frozenset({"ida"}), body={"compartment": "narrative"}),
    Row("open", "POST", "report", frozenset({"ida"}), body={"compartment": "evidence"}),
    Row("open", "POST", "report", frozenset({"ada"}), body={"compartment": "reporter_identity"}),
    Row("open", "POST", "report", NOBODY, body={"compartment": "deliberation"}),
    Row("open", "POST", "case", CASE, body={"compartment": "narrative"}),
    Row("open", "POST", "case", NOBODY, body={"compartment": "deliberation"}),
    Row("open", "POST", "file", frozenset({"wim", "wes"}), body={"compartment": "medical_assistance"}),
    Row("open", "POST", "file", frozenset({"ada"}), body={"compartment": "victim_identity"}),
    Row("file", "POST", "report", NOBODY, rest=("0" * 32,), body={"reason": ""}),
    Row("new_case", "GET", "report", REPORT),
    Row("next_epoch", "GET", "report", frozenset({"ada"}), rest=("reporter_identity",)),
    Row("next_epoch", "GET", "case", CASE, rest=("narrative",)),
    Row("next_epoch", "GET", "case", NOBODY, rest=("no_such_part",)),
    Row("people_second", "POST", "person", ADMINISTRATORS, body={}),
    # Without fresh proof administrators are refused, whomever they name: see tests/desk/test_fresh_people.py.
    Row("people_revoke", "POST", "nobody", ADMINISTRATORS, body={}),
    Row("invitation", "GET", "nobody", NOBODY),
)
#: Acts: by whom each is reached on a report, a case and a file. What is reached is refused for lack of a signature.
OFFERED = frozenset({"accept_handover", "decline_handover"})
NAMED = frozenset({"take_over", "take_up_late", "take_up_altered"})
#: Addresses that need no account, and that everyone gets alike.
OPEN = frozenset({"home", "deployment"})


def routes(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name
        else:
            yield from routes(pattern)


def test_every_route_is_in_the_table() -> None:
    accounts = set(routes(get_resolver("answerable.ui.accounts.urls")))
    found = set(routes(get_resolver("answerable.casework.urls")))
    listed = {name for name, _ in PLAIN} | {row.route for row in TABLE} | OPEN | {"do"} | accounts
    assert found == listed


@pytest.fixture
def objects(world: World) -> dict[str, str]:  # noqa: F811
    """One object of each kind, of a desk at which everything that can be sealed to somebody is."""
    barred = {"struck": (world.people["ivo"].holder,)}
    report = Report(world, options=barred)
    report.take_in(1)
    help_wanted = Report(world, RecordKind.FILE, options=barred)
    help_wanted.take_in(2)
    case = take(world, "ida", report.handle)
    asked = world.do("ida", case, "request_recovery", {"compartment": "narrative", "reason": "holder_unavailable"})
    assert asked.status_code == 200, asked.content
    taker = {"taker": world.people["asa"].handle, "role": "assessor", "wraps": []}
    assert world.do("ida", case, "offer_handover", taker).status_code == 200
    return {
        "report": report.handle,
        "case": case,
        "file": help_wanted.handle,
        "recovery": Recovery.objects.get().handle,
        "handover": Handover.objects.get().handle,
        "person": "0" * 32,
        "nobody": "f" * 32,
    }


def here(actors: tuple[str, ...]) -> tuple[str, ...]:
    """Who asks, on the database of this run: all of them on SQLite; on PostgreSQL, where what is told is put together
    by the same lines, one who is not of the desk, one who is struck out and one of each side of it."""
    few = ("stranger", "ivo", "ida", "asa", "wim", "adm")
    return actors if connections["default"].vendor == "sqlite" else tuple(one for one in actors if one in few)


def client(world: World, actor: str) -> Client:  # noqa: F811
    if actor in EVERYBODY:
        return world.client(actor)
    browser = Client()
    if actor != "anonymous":
        browser.force_login(User.objects.get_or_create(username=actor)[0], backend=BACKEND)
    if actor == "stranger":
        from allauth.mfa.models import Authenticator

        user = User.objects.get(username=actor)
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return browser


def ask(browser: Client, method: str, address: str, body: Mapping[str, Any] | None) -> tuple[Any, int]:
    """The answer, and how many questions it took. What an earlier answer wanted to be said is forgotten first."""
    browser.cookies.pop("messages", None)
    with CaptureQueriesContext(connections["default"]) as desk, CaptureQueriesContext(connections["keys"]) as keys:
        if method == "GET":
            response = browser.get(address)
        else:
            response = browser.post(address, data=json.dumps(dict(body or {})), content_type="application/json")
    return response, len(desk) + len(keys)


def seen(response: Any) -> tuple[Any, ...]:
    headers = {name: value for name, value in response.headers.items() if name != "Location"}
    if "Expires" in headers:  # says the second in which the question came, and two may come in two
        headers["Expires"] = "now"
    location = response.headers.get("Location", "").partition("?")[0]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, location, headers, len(content), content, sorted(response.cookies)


def test_sealed_answers_as_absent_on_every_route(world: World, objects: dict[str, str]) -> None:  # noqa: F811
    wrong = []
    for actor in here(ACTORS):
        browser = client(world, actor)
        nothing: dict[str, tuple[Any, int]] = {}
        for row in TABLE:
            real = reverse(row.route, args=[objects[row.names], *row.rest])
            told, asked = ask(browser, row.method, real, row.body)
            # What is not there has no kind: it is asked for once.
            wanted = repr((row.route, row.method, row.rest, row.body))
            if wanted not in nothing:
                absent = reverse(row.route, args=[secrets.token_hex(16), *row.rest])
                nothing[wanted] = ask(browser, row.method, absent, row.body)
            none, asked_none = nothing[wanted]
            reached = seen(told)[0] not in (302, 404) or actor in row.reached
            if row.names != "person" and actor in row.reached and told.status_code == 404:
                wrong.append(f"{actor} does not reach {row}")
            # Whoever sees a record may be told it is no case with more work than for nothing: it is not sealed to them.
            same_work = asked == asked_none or actor in SEES.get(row.names, NOBODY)
            if actor not in row.reached and (seen(told) != seen(none) or not same_work):
                wrong.append(f"{actor} can tell: {row} ({told.status_code}, {asked} against {asked_none} questions)")
            assert reached or actor not in row.reached
    assert not wrong, "\n".join(wrong)


#: One of each role is enough for acts: which names are alike, the routes above have shown.
ACTING = ("anonymous", "stranger", "unfactored", "ida", "ivo", "asa", "rob", "ada", "wim", "adm", "pam")


def reaching(act: str, kind: str) -> frozenset[str]:
    """Who reaches an act on a record of a kind."""
    if act in OFFERED:
        return frozenset({"asa"}) if kind == "case" else NOBODY
    return EVERYBODY if act in NAMED else SEES[kind]  # of what is named, the signature is asked first


def test_sealed_answers_as_absent_for_every_act(world: World, objects: dict[str, str]) -> None:  # noqa: F811
    wrong = []
    for actor in here(ACTING):
        browser = client(world, actor)
        for act in sorted(ACTS):
            body = {"handover": objects["handover"]} if act in OFFERED else {}
            none, asked_none = ask(browser, "POST", reverse("do", args=[secrets.token_hex(16), act]), body)
            for kind in SEES:
                told, asked = ask(browser, "POST", reverse("do", args=[objects[kind], act]), body)
                expected = reaching(act, kind)
                if actor in expected and told.status_code not in (400, 409):
                    wrong.append(f"{actor} does not reach {act} on a {kind}: {told.status_code}")
                alike = actor not in expected or act in NAMED
                if alike and (seen(told) != seen(none) or asked != asked_none):
                    wrong.append(f"{actor} can tell {act} on a {kind}: {told.status_code}")
    assert not wrong, "\n".join(wrong)
    assert not Decision.objects.exists(), "what is not signed changes nothing"


def test_plain_routes_answer_those_they_are_for(world: World) -> None:  # noqa: F811
    wrong = []
    for actor in here(ACTORS):
        browser = client(world, actor)
        for (route, method), people in PLAIN.items():
            body = {"fresh": True} if route == "half" else {}
            response, _ = ask(browser, method, reverse(route), body)
            gone = response.status_code in (302, 404)
            if gone == (actor in people):
                wrong.append(f"{actor} got {response.status_code} from {route}")
    assert wrong == []


def test_open_addresses_are_the_same_for_everyone(world: World) -> None:  # noqa: F811
    for name in OPEN:
        assert len({seen(client(world, actor).get(reverse(name)))[4] for actor in ("anonymous", "ida", "adm")}) == 1


def test_a_missing_owner_is_nobodys(world: World) -> None:  # noqa: F811
    report = Report(world)
    report.take_in(1)
    address = reverse("report", args=[report.handle])
    assert client(world, "stranger").get(address).status_code == 404
    assert client(world, "anonymous").get(address).status_code == 302


def writes() -> list[tuple[str, str]]:
    """Every address that is posted to, with nothing behind it."""
    plain = [(route, reverse(route)) for route, method in PLAIN if method == "POST"]
    rows = [(row.route, reverse(row.route, args=["0" * 32, *row.rest])) for row in TABLE if row.method == "POST"]
    return [*plain, *rows, *(("do", reverse("do", args=["0" * 32, act])) for act in ACTS)]


def test_a_write_needs_the_pages_own_token(world: World) -> None:  # noqa: F811
    browser = world.client("adm")
    browser.handler.enforce_csrf_checks = True
    for _, address in writes():
        assert browser.post(address, data="{}", content_type="application/json").status_code == 403, address
    assert Record.objects.count() == 0


def test_a_write_is_never_done_by_a_mere_look(world: World) -> None:  # noqa: F811
    browser = world.client("adm")
    for _, address in writes():
        assert browser.get(address).status_code == 405, address
