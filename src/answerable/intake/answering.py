"""Writing into an opened mailbox without script: messages, files, consents, taking back, new words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from answerable.intake.contents import DANGER, Upload, message
from answerable.intake.errors import MalformedError
from answerable.intake.filing import Attachment, Means, attach
from answerable.intake.reading import RecordBox
from answerable.sealing import codes, hpke
from answerable.sealing.envelope import SIGNATURE_SIZE, Channel, Envelope, Kind, Sealed, Wrapped
from answerable.sealing.mailbox import Credentials, make_credentials
from answerable.sealing.making import FILES, RecordKeys, make_addition, make_epoch
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, REPORTERS, THREAD, Field, Place
from answerable.sealing.readers import ReadersNote
from answerable.sealing.signing import sign
from answerable.sealing.values import seal_wrap


@dataclass(frozen=True)
class Pen:
    """Who writes: the deployment, the page's language, the day, what the machine gives.

    ``reporter`` is her mailbox's public key, ``seed`` what signs under her words.
    """

    deployment: bytes
    language: str
    day: str
    means: Means
    reporter: bytes
    seed: bytes = field(repr=False)


def written_message(
    box: RecordBox,
    pen: Pen,
    text: str,
    *,
    check_in: str = "",
    files: Iterable[Upload] = (),
    submission: bytes | None = None,
    kind: Kind = Kind.ADDITION,
) -> Attachment:
    """An addition or a withdrawal (``kind``) with a message, files, or both. Raises SealingError, MalformedError."""
    thread, evidence = THREAD[box.record_kind], FILES[box.record_kind]
    values = []
    if text or check_in:
        values.append((thread, Field.MESSAGE, message(text, pen.day, box.last_message, check_in)))
    envelope = make_addition(
        pen.deployment,
        box.record_kind,
        box.record,
        pen.reporter,
        {thread: box.newest(thread)},
        values,
        rng=pen.means.rng,
        kind=kind,
        channel=Channel.PLAIN,
        language=pen.language,
        submission=submission,
        # In clear as well: nobody could be woken by what only its readers open.
        urgent=check_in == DANGER,
    )
    made = attach(envelope, box.newest(evidence), files, pen.means)
    return replace(made, envelope=sign(made.envelope, pen.seed))


def changed_consents(box: RecordBox, pen: Pen, consents: Sequence[str], *, submission: bytes | None = None) -> Envelope:
    """The consents that are in force from now on: all of them, not the difference. Raises SealingError."""
    made = make_addition(
        pen.deployment,
        box.record_kind,
        box.record,
        pen.reporter,
        {},
        (),
        rng=pen.means.rng,
        kind=Kind.CONSENT,
        channel=Channel.PLAIN,
        language=pen.language,
        consents=consents,
        submission=submission,
    )
    return sign(made, pen.seed)


@dataclass(frozen=True)
class NewKeys:
    """What a changed code makes: the credentials of one mailbox, an envelope for each record, the new private key, and
    the seed that signs from now on."""

    credentials: Credentials
    envelopes: tuple[Envelope, ...]
    private: bytes = field(repr=False)
    seed: bytes = field(repr=False)


def changed_code(boxes: Sequence[RecordBox], box: int, key: bytes, readers: ReadersNote, pen: Pen) -> NewKeys:
    """New keys of one mailbox under a new code, whose key is ``key``: whoever knew the old one reads nothing later.

    The old words sign, and name the key of the new ones. Every compartment gets a new epoch for those who hold it
    today; what she could read before is wrapped anew to her new key alone. Raises SealingError, MalformedError.
    """
    rng = pen.means.rng
    private, public = hpke.generate(rng)
    credentials = make_credentials(key, pen.deployment, box, private, one_time=False, rng=rng)
    seed = codes.signing_seed(key, box)
    envelopes = []
    for each in boxes:
        made = make_addition(
            pen.deployment,
            each.record_kind,
            each.record,
            public,
            {},
            (),
            rng=rng,
            channel=Channel.PLAIN,
            language=pen.language,
            compartments=(*_new_epoch(each, public, readers, pen), *_old_epochs(each, public, pen)),
        )
        envelopes.append(sign(made, pen.seed, seed))
    return NewKeys(credentials, tuple(envelopes), private, seed)


def _new_epoch(box: RecordBox, public: bytes, readers: ReadersNote, pen: Pen) -> tuple[Sealed, ...]:
    epoch = max(part.epoch for part in box.parts) + 1
    keys = RecordKeys.draw(pen.deployment, box.record_kind, pen.means.rng, record=box.record, epoch=epoch)
    holders = {}
    for compartment in COMPARTMENTS[box.record_kind]:
        staff = [holder for holder in box.holders.get(compartment, ()) if holder[0] not in (REPORTER, RECOVERY)]
        if not {(each.id, each.x25519) for each in readers.readers}.issuperset(staff):
            raise MalformedError("a holder of this record is not in the signed note of readers", todo="try again later")
        hers = [(REPORTER, public)] if compartment in REPORTERS[box.record_kind] else []
        holders[compartment] = [*staff, *hers, (RECOVERY, readers.recovery.public)]
    return make_epoch(keys, holders, pen.means.rng)


def _old_epochs(box: RecordBox, public: bytes, pen: Pen) -> list[Sealed]:
    kept = []
    for part in box.parts:
        if part.private is None:
            continue
        place = Place(pen.deployment, box.record_kind, box.record, part.compartment, Field.NONE, 0)
        wrap = seal_wrap(place, REPORTER, public, part.private, epoch=part.epoch, rng=pen.means.rng)
        # What neither she nor the office began she keeps to read with, and does not make hers by signing it.
        signature = b"" if part.signed else bytes(SIGNATURE_SIZE)
        kept.append(Sealed(part.compartment, part.epoch, part.public, (Wrapped(REPORTER, wrap),), signature))
    return kept


def gives_away(text: str, words: Sequence[str], list_name: str) -> bool:
    """Whether a message repeats four words of the code in a row."""
    return codes.gives_away(text, codes.Code(list_name, tuple(words)))
