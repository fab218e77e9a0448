"""Who may use which address of the editors' desk: one table, complete by construction, over roles and ownership."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from answerable.correspondence import actions
from answerable.correspondence.models import Draft
from tests.correspondence.conftest import _django_db_helper, example, party, people, standing  # noqa: F401  # fixtures

pytestmark = [pytest.mark.database, pytest.mark.django_db]

#: Who asks: nobody; somebody without a second factor; the draft's author; another author; a reviewer; another reviewer;
#: an account of no role.
ACTORS = ("anonymous", "unfactored", "author", "other", "reviewer", "second", "stranger")
LOGIN, FACTOR, OK, GONE, DONE, BACK = "login", "factor", 200, 404, "done", "back"
#: Per route, method and state of the draft: the answer to each of ACTORS. "login": led to signing in; "factor": led to
#: setting up a second factor; "done": the act happened (redirect, draft changed); "back": it did not (redirect back).
TABLE: dict[tuple[str, str, str], tuple[Any, ...]] = {
    ("desk", "GET", ""): (LOGIN, FACTOR, OK, OK, OK, OK, GONE),
    ("clocks", "GET", ""): (LOGIN, FACTOR, OK, OK, OK, OK, GONE),
    ("heading", "GET", ""): (LOGIN, FACTOR, OK, OK, OK, OK, GONE),
    ("heading", "POST", ""): (LOGIN, FACTOR, 400, 400, GONE, GONE, GONE),
    ("parties", "GET", ""): (LOGIN, FACTOR, OK, OK, OK, OK, GONE),
    ("parties", "POST", ""): (LOGIN, FACTOR, 400, 400, GONE, GONE, GONE),
    ("draft_new", "GET", ""): (LOGIN, FACTOR, OK, OK, GONE, GONE, GONE),
    ("draft_new", "POST", ""): (LOGIN, FACTOR, 400, 400, GONE, GONE, GONE),
    ("draft", "GET", "draft"): (LOGIN, FACTOR, OK, OK, OK, OK, GONE),
    ("draft_document", "GET", "draft"): (LOGIN, FACTOR, OK, OK, OK, OK, GONE),
    ("draft_edit", "GET", "draft"): (LOGIN, FACTOR, OK, GONE, GONE, GONE, GONE),
    ("draft_edit", "POST", "draft"): (LOGIN, FACTOR, 400, GONE, GONE, GONE, GONE),
    ("draft_edit", "POST", "waiting"): (LOGIN, FACTOR, BACK, GONE, GONE, GONE, GONE),
    ("draft_edit", "POST", "published"): (LOGIN, FACTOR, BACK, GONE, GONE, GONE, GONE),
    ("draft_errors", "GET", "draft"): (LOGIN, FACTOR, OK, GONE, GONE, GONE, GONE),
    ("draft_errors", "GET", "waiting"): (LOGIN, FACTOR, GONE, GONE, GONE, GONE, GONE),
    ("draft_withdraw", "POST", "waiting"): (LOGIN, FACTOR, DONE, BACK, BACK, BACK, GONE),
    ("draft_withdraw", "POST", "published"): (LOGIN, FACTOR, BACK, BACK, BACK, BACK, GONE),
    ("draft_return", "POST", "waiting"): (LOGIN, FACTOR, BACK, BACK, DONE, DONE, GONE),
    ("draft_return", "POST", "draft"): (LOGIN, FACTOR, BACK, BACK, BACK, BACK, GONE),
    ("draft_approve", "POST", "waiting"): (LOGIN, FACTOR, BACK, BACK, DONE, DONE, GONE),
    ("draft_approve", "POST", "draft"): (LOGIN, FACTOR, BACK, BACK, BACK, BACK, GONE),
    ("draft_approve", "POST", "published"): (LOGIN, FACTOR, BACK, BACK, BACK, BACK, GONE),
    ("invitation", "GET", ""): (GONE, GONE, GONE, GONE, GONE, GONE, GONE),
}
#: Addresses of the accounts library: signing in and out, one's own password and second factor. Nobody else's can be
#: named in them but a passkey's number, which the library looks up among one's own.
OWN_ACCOUNT = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reauthenticate",
        "account_change_password",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
    }
)
#: Names that must exist and answer nobody.
CLOSED = frozenset({"account_set_password"})
PK = {"mfa_remove_webauthn", "mfa_edit_webauthn"}


def routes(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name
        else:
            yield from routes(pattern)


def test_every_route_is_in_the_table() -> None:
    found = set(routes(get_resolver("answerable.correspondence.urls")))
    listed = {name for name, _, _ in TABLE} | OWN_ACCOUNT | CLOSED
    assert found == listed


@pytest.fixture
def world(people: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
    return people


def client(actor: str, people: dict[str, Any]) -> Client:  # noqa: F811
    from django.contrib.auth.models import User

    who = {"author": "ada", "other": "ben", "reviewer": "cleo", "second": "dora", "unfactored": "ada"}.get(actor)
    browser = Client()
    if actor == "anonymous":
        return browser
    user = people[who] if who else User.objects.create_user("stranger")
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if actor != "unfactored":
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return browser


def draft_in(state: str, people: dict[str, Any]) -> Draft:  # noqa: F811
    fields = {
        "id": "S1", "speaker": "A person", "office": "An office", "occasion": "A day", "dated": "2018-01-01",
        "version": "S1.a", "made_by": "us", "made_how": "quotation", "language": "en", "complete": "excerpt",
        "source": "L4",
    }  # fmt: skip
    actions.name_correspondence({"title": "A correspondence", "languages": "en"}, author=people["ada"])
    draft = actions.save_draft(None, "statement", fields, b"Words.\n", author=people["ada"])
    if state != "draft":
        actions.submit(draft, author=people["ada"])
    if state == "published":
        actions.approve(draft, draft.revision, reviewer=people["cleo"])
    return draft


CASES = [(*case, actor, answer) for case, row in TABLE.items() for actor, answer in zip(ACTORS, row, strict=True)]


@pytest.mark.parametrize(("route", "method", "state", "actor", "answer"), CASES)
def test_the_table(world: dict[str, Any], route: str, method: str, state: str, actor: str, answer: Any) -> None:
    draft = draft_in(state, world) if state else None
    arguments: list[Any] = [draft.pk] if draft else []
    arguments = {"draft_new": ["claim"], "invitation": ["not-a-token"]}.get(route, arguments)
    form = {"revision": draft.revision, "remark": "Why?"} if draft else {}
    response = client(actor, world).generic(method, reverse(route, args=arguments), *encoded(form, method))
    changed = draft is not None and Draft.objects.get(pk=draft.pk).revision != draft.revision
    assert said(response, changed) == answer
    assert changed == (answer == DONE)


def encoded(form: dict[str, Any], method: str) -> tuple[Any, ...]:
    from urllib.parse import urlencode

    return (urlencode(form), "application/x-www-form-urlencoded") if method == "POST" else ()


def said(response: Any, changed: bool) -> Any:
    if response.status_code != 302:
        return response.status_code
    if response["Location"].startswith(reverse("account_login")):
        return LOGIN
    if response["Location"] == reverse("mfa_index"):
        return FACTOR
    return DONE if changed else BACK


@pytest.mark.parametrize("name", sorted(CLOSED))
@pytest.mark.parametrize("actor", ["anonymous", "author"])
def test_what_the_desk_does_not_offer_answers_nobody(world: dict[str, Any], name: str, actor: str) -> None:
    assert client(actor, world).post(reverse(name)).status_code == 404


@pytest.mark.parametrize("name", sorted(OWN_ACCOUNT - {"account_login", "account_inactive", "account_logout"}))
def test_an_account_is_for_whoever_is_signed_in(world: dict[str, Any], name: str) -> None:
    response = client("anonymous", world).get(reverse(name, args=[1] if name in PK else []))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", sorted(PK))
def test_nobody_touches_somebody_elses_passkey(world: dict[str, Any], name: str) -> None:
    key = Authenticator.objects.create(user=world["ben"], type=Authenticator.Type.WEBAUTHN, data={"name": "key"})
    browser = client("author", world)
    browser.post(reverse(name, args=[key.pk]), {"name": "mine"})
    key.refresh_from_db()
    assert key.data["name"] == "key"


@pytest.mark.parametrize("route", ["draft_withdraw", "draft_return", "draft_approve"])
def test_an_act_is_never_done_by_a_mere_look(world: dict[str, Any], route: str) -> None:
    draft = draft_in("waiting", world)
    assert client("reviewer", world).get(reverse(route, args=[draft.pk])).status_code == 405


def test_an_act_needs_the_pages_own_token(world: dict[str, Any]) -> None:
    draft = draft_in("waiting", world)
    browser = client("reviewer", world)
    browser.handler.enforce_csrf_checks = True
    response = browser.post(reverse("draft_approve", args=[draft.pk]), {"revision": draft.revision})
    assert response.status_code == 403
    assert Draft.objects.get(pk=draft.pk).state == "waiting"
