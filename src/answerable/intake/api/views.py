"""The sealed API. Every answer is JSON (the readers' note alone is text), never stored, and tells a failure as
``{"what", "todo"}`` in the language that the request asks for. Absent and wrong get the same answer: status, body,
size, work."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import wraps
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from answerable.errors import AnswerableError
from answerable.intake import actions, errors
from answerable.intake.box import padded
from answerable.intake.storage import CHUNK, CHUNKS_AT_ONCE
from answerable.intake.views.sentences import answered
from answerable.intake.views.visit import language_of
from answerable.ledger.errors import LedgerError
from answerable.sealing.delivery import MAX_DELIVERY, decode_delivery
from answerable.sealing.envelope import Channel
from answerable.sealing.reading import Reader

View = Callable[..., HttpResponse]

#: Status by error, the first that fits; anything else of ours is a malformed request.
_STATUS: tuple[tuple[type[AnswerableError], int], ...] = (
    (errors.NothingOpens, 404),
    (errors.ConflictError, 409),
    (errors.TooLargeError, 413),
    (errors.QuotaError, 413),
    (errors.WorkError, 428),
    (errors.RefusedError, 422),
    (errors.NotKeptError, 503),
    (errors.SettingsError, 503),
    (LedgerError, 503),
)
#: box(1) l(32) auth(32)
_OPENS = 65
_WORK = 49
#: Where an envelope names its channel.
_CHANNEL = 6
_OCTETS = "application/octet-stream"


def _api(*methods: str) -> Callable[[View], View]:
    """A view of the API: these methods alone, no cookie, no form's token, our errors as JSON, nothing stored."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @require_http_methods(methods)
        @wraps(view)
        def answer(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
            try:
                response = view(request, *arguments, **named)
            except AnswerableError as error:
                response = _failed(request, error)
            response["Cache-Control"] = "no-store"
            return response

        return answer

    return decorate


def _failed(request: HttpRequest, error: AnswerableError) -> HttpResponse:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    inside = status == 503 and not isinstance(error, errors.NotKeptError)
    with override(language_of(request).code):
        what, todo = answered(errors.NotKeptError() if inside else error)
    said: dict[str, object] = {"what": what, "todo": todo}
    if status == 428:  # answered at once and sent again, nothing is lost
        said |= _challenge()
    response = HttpResponse(
        padded(said) if status == 404 else _json(said), status=status, content_type="application/json"
    )
    if isinstance(error, errors.ChunkError):
        response["X-Chunks"] = str(error.held)
    return response


def _json(value: dict[str, object]) -> bytes:
    return JsonResponse(value).content


def _body(request: HttpRequest, most: int) -> bytes:
    """The request's whole body. Raises `TooLargeError` before reading one that is longer than ``most``."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not str(length).isdigit() or int(length) > most:
        raise errors.TooLargeError(f"at most {most} bytes are taken here", todo="send files apart from text")
    data = request.read(most + 1)
    if len(data) > most:
        raise errors.TooLargeError(f"at most {most} bytes are taken here", todo="send files apart from text")
    return data


def _opening(data: bytes) -> tuple[int, bytes, bytes, bytes]:
    """box, l, auth, and what stands behind them. Raises SealingError."""
    reader = Reader(data, "the request")
    return reader.number(1), reader.take(32), reader.take(32), reader.rest()


def _received(received: actions.Received) -> HttpResponse:
    return JsonResponse(received.as_json(), status=201)


@_api("GET", "HEAD")
def challenge(_request: HttpRequest) -> HttpResponse:
    """A challenge for proof of work."""
    return JsonResponse(_challenge())


def _challenge() -> dict[str, object]:
    made = actions.challenge()
    return {"bits": made[24], "challenge": b64encode(made).decode("ascii")}


@_api("GET", "HEAD")
def readers(_request: HttpRequest) -> HttpResponse:
    """The signed readers' note."""
    _, text = actions.current_readers()
    return HttpResponse(text.encode(), content_type="text/plain; charset=utf-8")


@_api("POST")
def reports(request: HttpRequest) -> HttpResponse:
    """Receive a report or a request for help: the body is a delivery. A worker's form with script sends here, too."""
    data = _body(request, MAX_DELIVERY)
    channel = decode_delivery(data).envelope[_CHANNEL : _CHANNEL + 1]
    door = "assist" if channel == bytes((Channel.ASSISTED,)) else "web"
    return _received(actions.receive(data, door=door, worked=True))


@_api("POST")
def box(request: HttpRequest) -> HttpResponse:
    """Open a mailbox: the body is ``box l auth``, the answer a multiple of 16 KiB long, found or not."""
    number, l, auth, rest = _opening(_body(request, _OPENS))  # noqa: E741  # the name it has in the formulas
    if rest or number not in (0, 1):
        raise errors.MalformedError("a request for a mailbox is 65 bytes")
    return HttpResponse(actions.open_box(l, auth, number).to_bytes(), content_type="application/json")


@_api("POST")
def add(request: HttpRequest) -> HttpResponse:
    """Add to a mailbox: ``box l auth | delivery``."""
    number, l, auth, delivery = _opening(_body(request, _OPENS + MAX_DELIVERY))  # noqa: E741  # likewise
    return _received(actions.add(l, auth, number, delivery, door="web"))


@_api("POST")
def code(request: HttpRequest) -> HttpResponse:
    """Change a mailbox's code: ``box l auth | u16 work | credentials | u8 n | n times (u32, envelope)``."""
    number, l, auth, rest = _opening(_body(request, _OPENS + MAX_DELIVERY))  # noqa: E741  # likewise
    reader = Reader(rest, "the change of a code")
    work, said = reader.sized(2, _WORK), reader.rest()
    new, several = actions.change_request(said)
    subject = sha256(said).digest()
    return _received(actions.change_code(l, auth, number, new, several, door="web", work=work, subject=subject))


@_api("PUT", "HEAD")
def uploads(request: HttpRequest, upload: bytes) -> HttpResponse:
    """Take chunks of a sealed file (PUT), or say how many are here (HEAD), in the header ``X-Chunks``."""
    if request.method == "HEAD":
        held = actions.upload_state(upload)
        response = HttpResponse(status=200, content_type=_OCTETS)
    else:
        data = _body(request, CHUNK * CHUNKS_AT_ONCE)
        held = actions.put_chunk(upload, _index(request), data, work=_hex(request, "X-Work"))
        response = JsonResponse({"held": held})
    response["X-Chunks"] = str(held)
    return response


def _index(request: HttpRequest) -> int:
    text = request.headers.get("X-Chunk", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise errors.MalformedError("the header X-Chunk says which part this is, counting from 0")
    return int(text)


def _hex(request: HttpRequest, name: str) -> bytes:
    try:
        return bytes.fromhex(request.headers.get(name, ""))
    except ValueError:
        raise errors.MalformedError(f"the header {name} is not hexadecimal") from None
