"""What the sealed API says of a failure: in the language that is asked for, and nothing more for what is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.urls import include, path

from answerable.errors import AnswerableError
from answerable.intake import errors
from answerable.intake.api import views
from answerable.ledger.errors import LedgerError
from answerable.ui import languages
from tests.intake.test_api import opens, post, reported
from tests.intake.world import Person, World

urlpatterns = [path("api/", include("answerable.intake.api.urls"))]
database = pytest.mark.django_db(databases=["default", "intake"])

#: By the page's language, which the script asks for: a code that opens nothing, and what was not kept.
SAID = {
    "en": (
        "These words open nothing. Look at each word again, and at their order.",
        "Not yet received. Please send it again in a minute.",
    ),
    "ar": (
        "هذه الكلمات لا تفتح شيئًا. يُرجى التحقق من كل كلمة ومن ترتيبها.",
        "لم يُستلم بعد. يُرجى إرساله مرة أخرى بعد دقيقة.",
    ),
    "zh-Hans": ("这组密语什么也打不开。请再检查每个词和顺序。", "尚未收到。请一分钟后再发送。"),
    "fr": (
        "Ces mots n’ouvrent rien. Regardez encore chaque mot, et leur ordre.",
        "Pas encore reçu. Envoyez encore une fois dans une minute, s’il vous plaît.",
    ),
    "ru": (
        "Эти слова ничего не открывают. Проверьте ещё раз каждое слово и их порядок.",
        "Ещё не получено. Отправьте ещё раз через минуту.",
    ),
    "es": (
        "Estas palabras no abren nada. Mire otra vez cada palabra, y su orden.",
        "Aún no recibido. Envíelo otra vez dentro de un minuto, por favor.",
    ),
}
#: Errors of each kind and the status they have.
FAILURES = [
    (errors.NothingOpens(), 404),
    (errors.NotKeptError(), 503),
    (errors.SettingsError("a key is missing"), 503),
    (LedgerError("the ledger is elsewhere"), 503),
    (errors.QuotaError("there is no room for files at this moment"), 413),
    (errors.QuotaError("it is longer than 64 MiB", large=True), 413),
    (errors.TooLargeError("at most 3 bytes are taken here"), 413),
    (errors.WorkError("this proof of work was used before"), 428),
    (errors.ConflictError("something else was received under this id"), 409),
    (errors.RefusedError("another deployment"), 422),
    (errors.MalformedError("this is no delivery"), 400),
]


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path) -> Iterator[None]:
    """The key of the work that is asked for: a refusal of work brings some of now."""
    key = tmp_path / "work_key"
    key.write_text("5a" * 32)
    key.chmod(0o600)
    with override_settings(ANSWERABLE_INTAKE={"work_key": key}):
        yield


def test_every_language_is_here() -> None:
    assert {tag.lower() for tag in SAID} == {each.code for each in languages.LANGUAGES}


def failed(error: AnswerableError, tag: str) -> Any:
    @views._api("POST")
    def view(_request: object) -> Any:
        raise error

    return view(RequestFactory().post("/", HTTP_ACCEPT_LANGUAGE=tag))


def said(error: AnswerableError, tag: str) -> tuple[str, str]:
    value = json.loads(failed(error, tag).content)
    return value["what"], value["todo"]


@pytest.mark.parametrize("tag", SAID)
def test_what_was_not_kept_is_said_in_the_language_of_the_page(tag: str) -> None:
    inside = [errors.NotKeptError(), errors.SettingsError("a key is missing"), LedgerError("the ledger is elsewhere")]
    assert {said(error, tag) for error in inside} == {(SAID[tag][1], "")}


@pytest.mark.parametrize("tag", [tag for tag in SAID if tag != "en"])
@pytest.mark.parametrize(("error", "status"), FAILURES)
def test_no_english_is_shown_in_another_language(error: AnswerableError, status: int, tag: str) -> None:
    assert failed(error, tag).status_code == status
    here, english = said(error, tag), said(error, "en")
    assert here[0]
    assert here[0] != english[0]
    assert not here[1] or here[1] != english[1]
    assert error.what not in here[0] + here[1]


@pytest.mark.parametrize("tag", SAID)
def test_why_a_file_was_not_taken_is_said(tag: str) -> None:
    room = said(errors.QuotaError("there is no room for files at this moment"), tag)
    large = said(errors.QuotaError("it is longer than 64 MiB", large=True), tag)
    assert room[0] == large[0]
    assert room[1]
    assert large[1]
    assert room[1] != large[1]


def test_a_language_that_is_not_offered_gets_english() -> None:
    for tag in ("", "tlh", "*", "xx;q=nothing"):
        assert said(errors.NothingOpens(), tag) == (SAID["en"][0], "")


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["answerable.intake.middleware.Traceless"]):
        yield Client(raise_request_exception=True)


@pytest.mark.database
@database
@pytest.mark.parametrize("tag", SAID)
def test_absent_and_wrong_are_the_same_answer_in_every_language(
    client: Client, world: World, person: Person, tag: str
) -> None:
    # Given a mailbox, and a browser that asks in the language of its page
    assert reported(client, person).status_code == 201
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = tag
    # When a code is tried that there is not, and one with a wrong proof
    stranger = Person(world)
    absent = post(client, "box/", opens(stranger))
    wrong = post(client, "box/", b"\0" + person.l + stranger.auth)
    # Then both say the same in that language, and are as long as a mailbox with little in it
    assert absent.status_code == wrong.status_code == 404
    assert absent.content == wrong.content
    assert dict(absent.headers) == dict(wrong.headers)
    assert "Vary" not in absent
    assert len(absent.content) == 16_384
    assert absent.json()["what"] == SAID[tag][0]
    assert post(client, "box/", opens(person)).status_code == 200
