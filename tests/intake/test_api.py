"""The sealed API: no cookies, JSON, the same answer for absent and wrong; and any bytes get an answer."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.urls import include, path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.intake import work
from answerable.intake.middleware import Traceless, strip
from answerable.sealing import envelope, hpke
from answerable.sealing.delivery import Delivery, encode_delivery
from answerable.sealing.envelope import Channel
from answerable.sealing.place import Field
from tests.intake.world import Person, World, draw

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]
urlpatterns = [path("api/", include("answerable.intake.api.urls"))]
OCTETS = "application/octet-stream"


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["answerable.intake.middleware.Traceless"]):
        yield Client(raise_request_exception=True)


def post(client: Client, where: str, data: bytes) -> Any:
    return client.post(f"/api/{where}", data, content_type=OCTETS)


def solved(client: Client, subject: bytes) -> bytes:
    challenge = b64decode(client.get("/api/challenge/").json()["challenge"])
    return work.solve(challenge, sha256(subject).digest())


def opens(person: Person) -> bytes:
    return bytes((person.box,)) + person.l + person.auth


def reported(client: Client, person: Person, channel: Channel = Channel.WEB, **options: Any) -> Any:
    made = person.envelope(channel=channel, **options)
    return post(client, "reports/", person.delivery(made, worked=solved(client, envelope.encode(made))))


def test_a_whole_journey(client: Client, world: World, person: Person) -> None:
    assert client.get("/api/readers/").content.decode() == world.note()
    # She sends a file, then the report that names it
    attached, body = person.file(b"a picture" * 20_000)
    upload = f"/api/uploads/{attached.attached.id.hex()}/"
    held = 0
    for at in range(0, len(body), 65_552):
        headers = {"X-Chunk": str(held)} | ({"X-Work": solved(client, attached.attached.id).hex()} if held == 0 else {})
        answer = client.put(upload, body[at : at + 65_552], content_type=OCTETS, headers=headers)
        held = answer.json()["held"]
        assert int(client.head(upload)["X-Chunks"]) == (at + 65_552 <= len(body)) * held or at + 65_552 > len(body)
    answer = reported(client, person, files=[attached])
    assert answer.status_code == 201
    assert set(answer.json()) == {"ack", "day", "include_by", "leaf", "opening", "record", "submission"}
    # She opens her mailbox and adds to it
    box = post(client, "box/", opens(person))
    assert len(box.content) % 16_384 == 0
    assert box.json()["submissions"][0]["files"] == 1
    made = person.addition([(person.thread, Field.MESSAGE, b"more")], channel=Channel.WEB)
    data = encode_delivery(Delivery(solved(client, envelope.encode(made)), None, envelope.encode(made)))
    assert post(client, "box/add/", opens(person) + data).status_code == 201
    assert b"more" in person.texts()
    # And changes her code
    private, public = hpke.generate(draw)
    key = draw(32)
    new = person.credentials_for(key, private)
    rekeyed = envelope.encode(person.rekeyed(person.open(), person.record, public, Channel.WEB))
    said = new.encode() + b"\x01" + len(rekeyed).to_bytes(4, "big") + rekeyed
    worked = solved(client, said)
    answer = post(client, "box/code/", opens(person) + len(worked).to_bytes(2, "big") + worked + said)
    assert answer.status_code == 201
    assert post(client, "box/", opens(person)).status_code == 404
    person.key, person.private = key, private
    assert b"more" in person.texts()


def test_no_answer_sets_a_cookie_or_may_be_kept(client: Client, person: Person) -> None:
    answers = [
        client.get("/api/challenge/"),
        reported(client, person),
        post(client, "box/", opens(person)),
        post(client, "box/", b""),
    ]
    for answer in answers:
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"
        assert "Vary" not in answer
    assert [answer.status_code for answer in answers] == [200, 201, 200, 400]


def test_absent_and_wrong_are_the_same_answer(client: Client, world: World, person: Person) -> None:
    reported(client, person)
    stranger = Person(world)
    absent = post(client, "box/", opens(stranger))
    wrong = post(client, "box/", b"\0" + person.l + stranger.auth)
    other = post(client, "box/", b"\x01" + person.l + person.auth)
    assert absent.status_code == wrong.status_code == other.status_code == 404
    assert absent.content == wrong.content == other.content
    assert len(absent.content) == len(post(client, "box/", opens(person)).content) // 16_384 * 0 + 16_384
    assert dict(absent.headers) == dict(wrong.headers) == dict(other.headers)
    assert absent.json()["what"] == "These words open nothing. Look at each word again, and at their order."
    for where in ("box/add/", "box/code/"):
        rest = b"\0\0" + b"\0\0" + b"noise" if where == "box/add/" else b"\0\0" + person.credentials.encode() + b"\0"
        found = [post(client, where, start + rest) for start in (opens(stranger), b"\0" + person.l + stranger.auth)]
        assert found[0].status_code == 404
        assert found[0].content == found[1].content


def test_a_second_worker_with_script(client: Client, world: World) -> None:
    someone = Person(world, one_time=True)
    assert reported(client, someone, Channel.ASSISTED).status_code == 201
    # And what is assisted brings work, too
    other = Person(world, one_time=True)
    assert post(client, "reports/", other.delivery(other.envelope(channel=Channel.ASSISTED))).status_code == 428


def test_the_same_again_is_the_same_answer(client: Client, person: Person) -> None:
    made = person.envelope(channel=Channel.WEB)
    data = person.delivery(made, worked=solved(client, envelope.encode(made)))
    first, second = (post(client, "reports/", data) for _ in range(2))
    assert first.json() == second.json()
    other = person.envelope(text="else", channel=Channel.WEB)
    data = person.delivery(other, worked=solved(client, envelope.encode(other)))
    assert post(client, "reports/", data).status_code == 409


@pytest.mark.parametrize(
    ("method", "where"),
    [
        ("get", "reports/"),
        ("get", "box/"),
        ("get", "box/?box=0"),
        ("post", "challenge/"),
        ("delete", f"uploads/{'0' * 32}/"),
    ],
)
def test_other_methods_are_refused(client: Client, method: str, where: str) -> None:
    assert getattr(client, method)(f"/api/{where}").status_code == 405


def test_too_much_is_refused_unread(client: Client) -> None:
    answer = client.post("/api/box/", b"x" * 66, content_type=OCTETS)
    assert answer.status_code == 413
    for length in ("99999999999", "-1", "x"):
        answer = client.post("/api/reports/", b"", content_type=OCTETS, CONTENT_LENGTH=length)
        assert answer.status_code == 413
    answer = client.put(f"/api/uploads/{'0' * 32}/", b"x" * (16 * 65_552 + 1), content_type=OCTETS)
    assert answer.status_code == 413


def test_a_chunk_out_of_order_says_which_is_next(client: Client) -> None:
    where = f"/api/uploads/{draw(16).hex()}/"
    assert client.head(where)["X-Chunks"] == "0"
    assert client.put(where, b"x", content_type=OCTETS, headers={"X-Chunk": "3"}).status_code == 409
    for wrong in ("", "x", "-1", "٣", "9999999999"):
        assert client.put(where, b"x", content_type=OCTETS, headers={"X-Chunk": wrong}).status_code == 400
    assert client.put(where, b"x", content_type=OCTETS, headers={"X-Chunk": "0"}).status_code == 428
    assert client.put(where, b"x", content_type=OCTETS, headers={"X-Chunk": "0", "X-Work": "zz"}).status_code == 400


PLACES = st.sampled_from(["reports/", "box/", "box/add/", "box/code/"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=PLACES, data=st.binary(max_size=400))
def test_any_bytes_get_an_answer(client: Client, where: str, data: bytes) -> None:
    answer = post(client, where, data)
    assert 400 <= answer.status_code < 500
    assert {"what", "todo"} <= set(json.loads(answer.content))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_a_delivery_that_was_touched_is_refused_or_kept_whole(
    client: Client, world: World, place: float, bit: int, cut: bool
) -> None:
    """A bit flipped on the way, or an end cut off, by whoever can answer the challenge anew."""
    person = Person(world)
    data = bytearray(envelope.encode(person.envelope(channel=Channel.WEB)))
    at = int(place * len(data))
    if cut:
        del data[at:]
    else:
        data[at] ^= 1 << bit
    sent = encode_delivery(Delivery(solved(client, bytes(data)), person.credentials, bytes(data)))
    answer = post(client, "reports/", sent)
    if answer.status_code == 201:  # sealed bytes were touched: it is here as it was sent, and will not open
        assert post(client, "box/", opens(person)).status_code == 200
    else:
        assert 400 <= answer.status_code < 500
        assert {"what", "todo"} <= set(answer.json())


# What a request leaves behind


def test_views_see_nothing_of_the_person() -> None:
    seen: list[WSGIRequest] = []

    def view(request: Any) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    telling = {
        "REMOTE_ADDR": "203.0.113.9",
        "REMOTE_PORT": "4711",
        "HTTP_USER_AGENT": "a rare browser",
        "HTTP_X_FORWARDED_FOR": "203.0.113.9",
        "HTTP_FORWARDED": "for=203.0.113.9",
        "HTTP_X_REAL_IP": "203.0.113.9",
        "HTTP_VIA": "1.1 office-proxy",
        "HTTP_REFERER": "https://intranet.example/how-to-report",
        "HTTP_SEC_CH_UA_MODEL": "a rare phone",
    }
    request = RequestFactory().get("/", **telling)  # type: ignore[arg-type]
    Traceless(view)(request)
    said = repr(sorted(str(item) for item in seen[0].META.items())) + repr(seen[0].headers) + repr(seen[0].environ)
    assert not [value for value in telling.values() if value in said]


@pytest.mark.parametrize(
    ("referrer", "left"),
    [
        ("https://report.example/box/?l=fr", "https://report.example/"),
        ("https://report.example:8443/", None),
        ("https://evil.example/report.example", None),
        ("http://[bad", None),
    ],
)
def test_of_a_referrer_the_origin_of_this_site_stays(referrer: str, left: str | None) -> None:
    environ = {"HTTP_HOST": "report.example", "HTTP_REFERER": referrer}
    strip(environ)
    assert environ.get("HTTP_REFERER") == left
