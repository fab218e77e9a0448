"""What somebody would try against the desk. Each attack is written down, and fails."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from answerable.correspondence import actions
from answerable.correspondence.errors import AlreadyPublishedError, CorrespondenceError, NotAllowedError
from answerable.correspondence.models import Act, Blob, Draft, Editor, Heading, Invitation, Side
from answerable.ledger.models import Outbox
from tests.journeys.desk import code

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PASSWORD = "a calm and quiet sentence"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CLAIM = {
    "id": "L7-more", "about": "L3", "letter": "L7", "speaker": "usg-field-support", "of": "23",
    "says": "All of it.", "source": "L7",
}  # fmt: skip
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>"


@pytest.fixture(autouse=True)
def no_memory_of_attempts() -> None:
    cache.clear()


def browser(user: Any, *, second: bool = True, strict: bool = False) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client(enforce_csrf_checks=strict, headers={"accept-language": "en"})
    client.force_login(user, backend=BACKEND)
    if second:
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    return client


def waiting(people: dict[str, Any], **changes: str) -> Draft:
    draft = actions.save_draft(None, "claim", CLAIM | changes, None, author=people["ada"])
    actions.submit(draft, author=people["ada"])
    return draft


# Four eyes


def test_nobody_invites_a_second_self_through_the_pages(people: dict[str, Any]) -> None:
    """Invitations are the operator's: no page makes one, and a person's role never changes."""
    from tests.matrix.test_editors import TABLE

    assert {name for name, _, _ in TABLE if "invit" in name} == {"invitation"}
    client = browser(people["ada"])
    for path in ("/invitation/", "/invite/", "/people/", "/admin/", "/account/signup/", "/account/password/reset/"):
        assert client.post(path, {"name": "ada2", "role": "reviewer"}).status_code == 404
    with pytest.raises(NotAllowedError, match="one role"):
        actions.invite("ada", "reviewer")


def test_the_database_keeps_a_person_in_their_role(people: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError, match="one role"), transaction.atomic():
        Editor.objects.filter(user=people["ada"]).update(role="reviewer")
    with pytest.raises(DatabaseError, match="dismissed"), transaction.atomic():
        delete(Editor.objects.all())


@pytest.mark.parametrize("extra", [{"role": "reviewer"}, {"reviewer": "ada"}, {"author": "cleo"}, {"state": "waiting"}])
def test_extra_members_of_a_form_are_nothing(record: dict[str, Any], extra: dict[str, str]) -> None:
    client = browser(record["ada"])
    client.post(reverse("draft_new", args=["claim"]), CLAIM | extra)
    draft = Draft.objects.get()
    assert (draft.author, draft.state) == (record["ada"], "draft")
    assert not set(extra) & draft.fields.keys()
    assert Editor.objects.get(user=record["ada"]).role == "author"


def test_an_author_cannot_change_what_waits_for_review(record: dict[str, Any]) -> None:
    draft = waiting(record)
    client = browser(record["ada"])
    client.post(reverse("draft_edit", args=[draft.pk]), CLAIM | {"says": "Something else."})
    with pytest.raises(NotAllowedError):
        actions.save_draft(draft, "claim", CLAIM | {"says": "Something else."}, None, author=record["ada"])
    draft.refresh_from_db()
    assert draft.fields["says"] == "All of it."


def test_a_document_is_not_exchanged_under_the_reviewers_eyes(record: dict[str, Any]) -> None:
    """The bytes approved are those the page named: another document is another revision."""
    letter = {
        "label": "L9", "dated": "2018-04-01", "from": "code-blue", "to": "secretary-general", "subject": "A letter",
        "language": "en", "summary": "It asks.", "summary_by": "us", "source": "the letter", "held": "document",
        "title": "The letter",
    }  # fmt: skip
    draft = actions.save_draft(None, "letter", letter, b"Seen.\n", author=record["ada"])
    actions.submit(draft, author=record["ada"])
    seen = draft.revision
    actions.withdraw(draft, author=record["ada"])
    actions.save_draft(draft, "letter", letter, b"Unseen.\n", author=record["ada"])
    actions.submit(draft, author=record["ada"])
    response = browser(record["cleo"]).post(reverse("draft_approve", args=[draft.pk]), {"revision": seen})
    assert response.status_code == 302
    assert not Act.objects.filter(key="letter:L9").exists()


@pytest.mark.parametrize("revision", ["", "0", "-1", "٣", "1e1", "999999999999999999999", "1\x00", "None"])
def test_a_revision_that_was_never_shown_approves_nothing(record: dict[str, Any], revision: str) -> None:
    draft = waiting(record)
    browser(record["cleo"]).post(reverse("draft_approve", args=[draft.pk]), {"revision": revision})
    draft.refresh_from_db()
    assert draft.state == "waiting"


def test_somebody_dismissed_is_out_at_once(record: dict[str, Any]) -> None:
    draft = waiting(record)
    client = browser(record["cleo"])
    link = actions.invite("cleo", "reviewer")
    actions.dismiss("cleo")
    response = client.post(reverse("draft_approve", args=[draft.pk]), {"revision": draft.revision})
    assert response["Location"].startswith(reverse("account_login"))
    with pytest.raises(NotAllowedError):
        actions.approve(draft, draft.revision, reviewer=record["cleo"])
    assert actions.invitation(link) is None
    assert Client().post(reverse("account_login"), {"login": "cleo", "password": PASSWORD}).status_code == 200
    with pytest.raises(NotAllowedError):
        actions.dismiss("nobody")


# What is published stays


@pytest.mark.parametrize("model", [Act, Side, Heading, Draft, Blob])
def test_the_database_refuses_to_change_or_delete_what_is_published(record: dict[str, Any], model: Any) -> None:
    draft = waiting(record)
    actions.approve(draft, draft.revision, reviewer=record["cleo"])
    change: dict[Any, dict[str, Any]] = {
        Act: {"content": "other"}, Side: {"office": "Other"}, Heading: {"title": "Other"},
        Draft: {"fields": {}}, Blob: {"content": b"other"},
    }  # fmt: skip
    rows = model.objects.all()
    assert rows.exists()
    for attempt in (lambda: rows.filter(pk=rows.first().pk).update(**change[model]), lambda: delete(rows)):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def delete(rows: Any) -> None:
    """Past Django's own protection, as somebody with the database would."""
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_a_key_is_published_once_whoever_asks(record: dict[str, Any]) -> None:
    act = Act.objects.get(key="letter:L1")
    other = Outbox.objects.create(log="x", data=b"{}", leaf_hash=b"\x01" * 32, include_by=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        Act.objects.create(outbox=other, key=act.key, content="", author=act.author, reviewer=act.reviewer, on=act.on)


def test_a_title_stays_once_something_is_published(record: dict[str, Any]) -> None:
    with pytest.raises(AlreadyPublishedError):
        actions.name_correspondence({"title": "Another", "languages": "en"}, author=record["ada"])
    response = browser(record["ada"]).post(reverse("heading"), {"title": "Another", "languages": "en"})
    assert response.status_code == 400
    with pytest.raises(NotAllowedError):
        actions.name_correspondence({"title": "Another", "languages": "en"}, author=record["cleo"])


# Sessions, passwords, second factors


def enrolled(user: Any) -> str:
    """Give ``user`` an authenticator app; its secret."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def half_in(name: str = "ada", password: str = PASSWORD) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.post(reverse("account_login"), {"login": name, "password": password})
    return client


def test_a_password_alone_opens_nothing(people: dict[str, Any]) -> None:
    enrolled(people["ada"])
    client = half_in()
    for name in ("desk", "parties", "mfa_index", "mfa_deactivate_totp", "account_change_password", "mfa_add_webauthn"):
        response = client.get(reverse(name))
        assert response.status_code == 302, name
        assert response["Location"] != reverse(name)
    client.post(reverse("mfa_deactivate_totp"))
    client.post(reverse("mfa_generate_recovery_codes"))
    assert Authenticator.objects.filter(user=people["ada"]).count() == 1


def test_a_code_works_once(people: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now)
    secret = enrolled(people["ada"])
    given = {"code": code(secret, now)}
    first, second = half_in(), half_in()
    assert first.post(reverse("mfa_authenticate"), given)["Location"] == reverse("desk")
    assert second.post(reverse("mfa_authenticate"), given).status_code == 200, "the same code again"
    assert second.get(reverse("desk")).status_code == 302


def test_the_code_of_setting_up_does_not_sign_in(
    people: dict[str, Any], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    now = time.time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now)
    client = half_in()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    given = {"code": code(secret, now)}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_activate_totp"), given).status_code == 302
    assert half_in().post(reverse("mfa_authenticate"), given).status_code == 200


def test_recovery_codes_are_no_second_factor_of_their_own(people: dict[str, Any]) -> None:
    client = half_in()  # signed in, with no second factor set up yet
    client.post(reverse("mfa_generate_recovery_codes"))
    assert client.get(reverse("desk"))["Location"] == reverse("mfa_index")


def test_a_recovery_code_works_once(people: dict[str, Any]) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    enrolled(people["ada"])
    given = {"code": RecoveryCodes.activate(people["ada"]).get_unused_codes()[0]}
    assert half_in().post(reverse("mfa_authenticate"), given).status_code == 302
    assert half_in().post(reverse("mfa_authenticate"), given).status_code == 200


def test_secrets_of_second_factors_are_not_in_the_database(people: dict[str, Any]) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    secret = enrolled(people["ada"])
    codes = RecoveryCodes.activate(people["ada"]).get_unused_codes()
    stored = "".join(str(row) for row in Authenticator.objects.values_list("data", flat=True))
    assert secret not in stored
    assert not any(one in stored for one in codes)


def test_a_new_session_begins_with_signing_in(people: dict[str, Any]) -> None:
    secret = enrolled(people["ada"])
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = str(session.session_key)
    client.cookies["sessionid"] = planted
    client.post(reverse("account_login"), {"login": "ada", "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.session.session_key != planted
    stolen = Client()
    stolen.cookies["sessionid"] = planted
    assert stolen.get(reverse("desk"))["Location"].startswith(reverse("account_login"))


def test_a_new_password_ends_every_other_session(people: dict[str, Any]) -> None:
    old = browser(people["ada"])
    assert old.get(reverse("desk")).status_code == 200
    actions.accept(actions.invite("ada", "author"), "another calm and quiet sentence")
    assert old.get(reverse("desk"))["Location"].startswith(reverse("account_login"))


def test_a_wrong_name_and_a_wrong_password_are_told_alike(people: dict[str, Any]) -> None:
    actions.invite("gus", "author")  # invited, and has chosen no password yet
    pages = []
    for name in ("ada", "nobody", "gus"):
        client = Client(headers={"accept-language": "en"})
        page = client.post(reverse("account_login"), {"login": name, "password": "a wrong sentence"})
        text = page.content.decode().replace(name, "NAME")
        pages.append(text[text.index("<main") :].partition("csrfmiddlewaretoken")[2].partition(">")[2])
    assert pages[0] == pages[1] == pages[2]


# Invitations


def test_an_invitation_runs_out_and_a_newer_one_ends_it(people: dict[str, Any]) -> None:
    first = actions.invite("fay", "reviewer")
    second = actions.invite("fay", "reviewer")
    assert actions.invitation(first) is None
    Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert actions.invitation(second) is None
    assert Client().get(reverse("invitation", args=[second])).status_code == 404
    with pytest.raises(NotAllowedError):
        actions.accept(second, PASSWORD)


def test_a_link_is_nowhere_but_in_the_hands_of_the_invited(people: dict[str, Any]) -> None:
    token = actions.invite("fay", "reviewer")
    response = Client().get(reverse("invitation", args=[token]))
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert token not in response.content.decode()
    assert token not in str(list(Invitation.objects.values()))
    response = Client().post(reverse("invitation", args=[token]), {"password": PASSWORD, "again": PASSWORD})
    assert token not in response["Location"]


@pytest.mark.parametrize("token", ["%00", "a" * 5000, "..%2F..%2Fetc", "%F0%9F%92%A3", "%27%20OR%201=1--"])
def test_a_made_up_link_is_nothing(people: dict[str, Any], token: str) -> None:
    assert Client().get(f"/invitation/{token}/").status_code == 404


def test_an_invitation_chooses_neither_name_nor_role(people: dict[str, Any]) -> None:
    token = actions.invite("fay", "author")
    form = {"password": PASSWORD, "again": PASSWORD, "username": "cleo", "role": "reviewer", "is_superuser": "1"}
    Client().post(reverse("invitation", args=[token]), form)
    fay = Editor.objects.get(user__username="fay")
    assert (fay.role, fay.user.is_superuser, fay.user.is_staff) == ("author", False, False)


@pytest.mark.parametrize(
    "name", ["аda", "ADA", "Ada", "ada\u202e", "a\u200bda", "", " ", "a" * 200, "ada\x00", "\ud800"]
)
def test_a_name_that_could_be_another_persons_is_refused(people: dict[str, Any], name: str) -> None:
    with pytest.raises(CorrespondenceError):
        actions.invite(name, "reviewer")


@pytest.mark.parametrize("name", ["ليلى", "Анна", "李雷", "Zoë", "o.k-1"])
def test_names_of_every_script_are_welcome(people: dict[str, Any], name: str) -> None:
    assert actions.invite(name, "author")


# Requests


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(people: dict[str, Any], where: str) -> None:
    secret = enrolled(people["ada"])
    client = Client()
    client.post(reverse("account_login") + f"?next={where}", {"login": "ada", "password": PASSWORD, "next": where})
    response = client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert response["Location"] == reverse("desk")
    response = client.post(reverse("account_logout"), {"next": where})
    assert response["Location"] == reverse("account_login")


def test_a_host_of_somebody_else_is_refused(people: dict[str, Any], settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org"]
    assert Client(headers={"host": "evil.example"}).get(reverse("account_login")).status_code == 400


def test_every_form_needs_the_pages_own_token(record: dict[str, Any]) -> None:
    draft = waiting(record)
    for user, name, arguments in (
        (record["ada"], "draft_new", ["claim"]), (record["ada"], "heading", []), (record["ada"], "parties", []),
        (record["ada"], "draft_withdraw", [draft.pk]), (record["cleo"], "draft_return", [draft.pk]),
        (record["cleo"], "draft_approve", [draft.pk]), (record["ada"], "account_logout", []),
        (record["ada"], "mfa_deactivate_totp", []), (record["ada"], "account_change_password", []),
    ):  # fmt: skip
        response = browser(user, strict=True).post(reverse(name, args=arguments), {"revision": draft.revision})
        assert response.status_code == 403, name
        assert b"The form was not accepted" in response.content
    token = actions.invite("fay", "author")
    for address in (reverse("account_login"), reverse("invitation", args=[token])):
        assert Client(enforce_csrf_checks=True).post(address, {"password": PASSWORD}).status_code == 403


@pytest.mark.parametrize("length", ["21000001", "99999999999999999999", "-1", "x", "٣"])
def test_what_is_too_large_is_refused_unread(people: dict[str, Any], length: str) -> None:
    response = Client().generic("POST", reverse("account_login"), b"x", CONTENT_LENGTH=length)
    assert response.status_code == 413
    assert response["Content-Security-Policy"]


def test_a_form_without_end_is_refused(people: dict[str, Any]) -> None:
    many = {f"f{number}": "x" for number in range(1500)}
    assert browser(people["ada"]).post(reverse("parties"), many).status_code == 400
    long = {"code": "x", "name": "n" * 4_100_000, "office": "o"}
    assert browser(people["ada"]).post(reverse("parties"), long).status_code == 400


@pytest.mark.parametrize("pk", [0, 999, 2**31, 2**63 - 1, 2**63, 10**30])
@pytest.mark.parametrize("name", ["draft", "draft_edit", "draft_document", "draft_errors"])
def test_a_number_of_no_draft_is_nothing(people: dict[str, Any], name: str, pk: int) -> None:
    assert browser(people["ada"]).get(reverse(name, args=[pk])).status_code == 404


NASTY = [
    "\x00",
    "a\x00b",
    "\x1b[31m",
    "\u202eevil",
    "x" * 30_000,
    "\ufffe",
    SCRIPT,
    "-- \"'; DROP TABLE act",
    "{{7*7}}",
    "%s%n",
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("kind", list(Draft.Kind.values))
def test_whatever_is_typed_is_answered_in_words(record: dict[str, Any], kind: str, text: str) -> None:
    """Every field of every form, filled with the same nastiness: no traceback, no script, nothing published."""
    client = browser(record["ada"])
    address = reverse("draft_new", args=[kind])
    fields = dict.fromkeys(client.get(address).context["form"].fields, text) | {"submit": ""}
    for extra in ({}, {"of": "letter:L3", "letter": "L3", "reply": "L5", "to": "A1", "held": "document"}):
        response = client.post(address, fields | extra, follow=True)
        assert response.status_code in (200, 400), kind
        assert "<script>alert" not in response.content.decode()
        assert "<svg onload" not in response.content.decode()
    assert not Act.objects.filter(draft__isnull=False).exists()


@pytest.mark.parametrize("remark", NASTY)
def test_a_remark_is_shown_as_text(record: dict[str, Any], remark: str) -> None:
    draft = waiting(record)
    form = {"revision": draft.revision, "remark": remark}
    response = browser(record["cleo"]).post(reverse("draft_return", args=[draft.pk]), form, follow=True)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("field", ["code", "name", "office"])
@pytest.mark.parametrize("text", NASTY)
def test_a_party_is_named_in_plain_characters(record: dict[str, Any], field: str, text: str) -> None:
    client = browser(record["ada"])
    response = client.post(
        reverse("parties"), {"code": "new-one", "name": "New", "office": "New"} | {field: text}, follow=True
    )
    assert response.status_code in (200, 400)
    assert "<script>alert" not in response.content.decode()
    side = Side.objects.filter(code="new-one").first()
    assert side is None or (side.name.isprintable() and side.office.isprintable())


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil", "x y"])
def test_a_documents_address_is_one_a_reader_can_follow_safely(record: dict[str, Any], address: str) -> None:
    letter = {
        "label": "L9", "dated": "2018-04-01", "from": "code-blue", "to": "secretary-general", "subject": "A letter",
        "language": "en", "summary": "It asks.", "summary_by": "us", "source": "the letter", "held": "document",
        "title": "The letter", "url": address,
    }  # fmt: skip
    draft = actions.save_draft(None, "letter", letter, b"Words.\n", author=record["ada"])
    with pytest.raises(CorrespondenceError) as caught:
        actions.submit(draft, author=record["ada"])
    assert caught.value.where == "url"


@pytest.mark.parametrize("content", [b"\x00\x01", b"a\x00b\n", b"\xff\xfe", b"GIF89a\x00", b"\x1b[2J"])
def test_a_file_that_is_neither_text_nor_pdf_is_refused(record: dict[str, Any], content: bytes) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    form = {"label": "L9", "upload": SimpleUploadedFile("x.txt", content), "submit": ""}
    response = browser(record["ada"]).post(reverse("draft_new", args=["letter"]), form, follow=True)
    assert response.status_code == 400
    assert not Draft.objects.exists()


def test_a_document_is_never_opened_as_a_page(record: dict[str, Any]) -> None:
    draft = actions.save_draft(None, "letter", {"label": "L9"}, SCRIPT.encode(), author=record["ada"])
    response = browser(record["cleo"]).get(reverse("draft_document", args=[draft.pk]))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"].startswith("text/plain")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_names_are_isolated_from_the_words_around_them(record: dict[str, Any]) -> None:
    draft = waiting(record)
    page = browser(record["cleo"]).get(reverse("draft", args=[draft.pk])).content.decode()
    assert "<bdi>ada</bdi>" in page
    page = browser(record["cleo"]).get(reverse("parties")).content.decode()
    assert '<bdi lang="en" dir="auto">USG Field Support</bdi>' in page
