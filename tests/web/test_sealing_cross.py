"""The browser's twin of sealing: each opens what the other seals, refuses what it refuses, and reads the same codes."""

from __future__ import annotations

import random
from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.intake import contents, filing, thread
from answerable.intake.cleaning.names import display_name
from answerable.intake.forms.fields import without_controls
from answerable.sealing import codes, envelope, files, hpke, mailbox, persons, readers, values, wordlists
from answerable.sealing.delivery import Delivery, decode_delivery, encode_delivery
from answerable.sealing.errors import SealingError
from answerable.sealing.pad import pad, padme, unpad
from answerable.sealing.place import COMPARTMENTS, Compartment, Field, Place, Record
from tests.web.twin import LISTS, WEB, RefusedError, Twin

DEPLOYMENT = bytes(range(32))
PLACE = Place(DEPLOYMENT, Record.REPORT, bytes(range(16)), Compartment.NARRATIVE, Field.MESSAGE, 7)
EVIDENCE = Place(DEPLOYMENT, Record.REPORT, bytes(range(16)), Compartment.EVIDENCE, Field.FILE, 2**32 - 2)


def rng(n: int) -> bytes:
    return random.SystemRandom().randbytes(n)


@st.composite
def places(draw: st.DrawFn) -> Place:
    record = draw(st.sampled_from(list(Record)))
    return Place(
        draw(st.binary(min_size=32, max_size=32)),
        record,
        draw(st.binary(min_size=16, max_size=16)),
        draw(st.sampled_from(COMPARTMENTS[record])),
        draw(st.sampled_from([one for one in Field if one != Field.NONE])),
        draw(st.integers(0, 2**32 - 1)),
    )


few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(place=places(), data=st.binary(max_size=3000), epoch=st.integers(0, 2**32 - 1))
def test_values_open_both_ways(twin: Twin, place: Place, data: bytes, epoch: int) -> None:
    # Given a compartment's key
    private, public = hpke.generate(rng)
    # When either seals
    ours = values.seal_value(place, public, data, epoch=epoch, rng=rng)
    theirs = twin.bytes("seal_value", place=place, public=public, data=data, epoch=epoch, least=512)
    # Then the other opens, and both read the epoch
    assert twin.bytes("open_value", place=place, private=private, sealed=ours) == data
    assert values.open_value(place, private, theirs) == data
    assert values.epoch_of(theirs) == epoch


def test_the_same_randomness_gives_the_same_bytes(twin: Twin) -> None:
    # Given an ephemeral key that both are handed
    ephemeral = bytes(range(32))
    _, public = hpke.generate(rng)
    asked: dict[str, Any] = {"place": PLACE, "public": public, "random": ephemeral, "epoch": 4}
    # Then values and wraps are the same bytes
    ours = values.seal_value(PLACE, public, b"said", epoch=4, rng=lambda n: ephemeral[:n], least=2048)
    assert twin.bytes("seal_value", data=b"said", least=2048, **asked) == ours
    place, holder, private = PLACE.for_wrap(), bytes(15) + b"\x01", bytes(range(1, 33))
    ours = values.seal_wrap(place, holder, public, private, epoch=4, rng=lambda n: ephemeral[:n])
    assert twin.bytes("seal_wrap", holder=holder, private=private, **asked) == ours


def test_wraps_open_both_ways(twin: Twin) -> None:
    place, holder = PLACE.for_wrap(), rng(16)
    private, public = hpke.generate(rng)
    key, _ = hpke.generate(rng)
    ours = values.seal_wrap(place, holder, public, key, epoch=2, rng=rng)
    assert twin.bytes("open_wrap", place=place, holder=holder, private=private, wrap=ours) == key
    theirs = twin.bytes("seal_wrap", place=place, holder=holder, public=public, private=key, epoch=2)
    assert values.open_wrap(place, holder, private, theirs) == key
    with pytest.raises(RefusedError):
        twin("open_wrap", place=place, holder=rng(16), private=private, wrap=ours)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 300_001])
def test_files_open_both_ways(twin: Twin, size: int) -> None:
    data = rng(size)
    private, public = hpke.generate(rng)
    head, chunks = files.seal_file(EVIDENCE, public, "né ‮.jpg", "image/jpeg", data, epoch=1, rng=rng)
    opened = twin("open_file", place=EVIDENCE, private=private, head=head, body=b"".join(chunks))
    assert (opened["name"], opened["type"], b64decode(opened["data"])) == ("né ‮.jpg", "image/jpeg", data)
    made = twin("seal_file", place=EVIDENCE, public=public, name="b", type="c/d", data=data, epoch=1)
    found, plain = files.open_file(EVIDENCE, private, b64decode(made["head"]), b64decode(made["body"]))
    assert (found.name, found.type, plain) == ("b", "c/d", data)
    assert len(b64decode(made["body"])) == files.sealed_length(size)


@few
@given(at=st.integers(0, 600), bit=st.integers(0, 7))
def test_both_refuse_a_changed_value(twin: Twin, at: int, bit: int) -> None:
    # Given a value with one bit changed
    private, public = hpke.generate(rng)
    sealed = bytearray(values.seal_value(PLACE, public, b"said", epoch=1, rng=rng))
    sealed[at % len(sealed)] ^= 1 << bit
    # Then neither opens it
    with pytest.raises(SealingError):
        values.open_value(PLACE, private, bytes(sealed))
    with pytest.raises(RefusedError):
        twin("open_value", place=PLACE, private=private, sealed=bytes(sealed))


def test_sizes_are_padded_alike(twin: Twin) -> None:
    sizes = [*range(2000), *(random.Random(5).randrange(2**40) for _ in range(2000))]
    assert twin("padme", sizes=sizes) == [padme(size) for size in sizes]
    for size, least in ((0, 512), (508, 512), (509, 512), (9, 16_384), (65_532, 512)):
        assert twin.bytes("pad", data=bytes(size), least=least) == pad(bytes(size), least)
        assert twin.bytes("unpad", data=pad(bytes(size), least)) == unpad(pad(bytes(size), least))


def test_the_lists_are_these(twin: Twin) -> None:
    assert sorted(twin("lists")) == sorted([one.name, one.language] for one in wordlists.lists().values())
    for language in ("en", "fr", "fr-ca", "ar", "zh-hans", "zh", "ru", "es", "pt-br", "sw"):
        assert twin("list_for", language=language) == wordlists.list_for(language).name


@pytest.mark.parametrize("name", sorted(wordlists.lists()))
def test_codes_are_read_alike(twin: Twin, name: str) -> None:
    # Given a code that the browser drew, and one of ours
    wordlist = wordlists.lists()[name]
    for words in (twin("new_code", list=name), list(codes.new_code(wordlist, rng).words)):
        assert len(words) == wordlist.drawn + 1
        # Then both read it, as people type it
        for text in (" ".join(words), "  ".join(words).upper() + "\n", ", ".join(words), "‎" + " ".join(words)):
            assert list(codes.parse_code(text, wordlist).words) == words
            assert twin("parse_code", text=text, list=name) == words
        # And refuse the same slips: another order, an unknown word, too few
        swapped = [words[1], words[0], *words[2:]]
        for wrong in (" ".join(swapped), " ".join(words[:-1]), " ".join([*words[:2], "qqqq", *words[3:]])):
            if codes.check_word(wrong.split()[:-1], wordlist) == wrong.split()[-1]:
                continue  # one code in a few thousand has the same check word in another order
            with pytest.raises(SealingError):
                codes.parse_code(wrong, wordlist)
            with pytest.raises(RefusedError):
                twin("parse_code", text=wrong, list=name)
        # And both ask for words, and tell a message that gives them away
        asked = {"list": name, "words": words}
        code = codes.Code(name, tuple(words))
        assert twin("confirms", place=2, text=f" {words[2].upper()} ", **asked) is True
        assert twin("confirms", place=2, text=" ".join(words[2:4]), **asked) is False
        for run, told in ((4, True), (3, False)):
            for between in (" ", " - ", "\n", ""):
                message = "they are " + between.join(words[1 : 1 + run]) + " ."
                assert codes.gives_away(message, code) is told
                assert twin("gives_away", text=message, **asked) is told


@few
@given(text=st.text(max_size=60))
def test_words_are_heard_alike(twin: Twin, text: str) -> None:
    # Unicode 14 in Python 3.11 may know fewer letters than the browser: only what both know is compared.
    if all(ord(char) < 0x1000 for char in text):
        assert twin("spoken", text=text) == codes.spoken(text)


def test_a_code_opens_its_mailbox_both_ways(twin: Twin) -> None:
    # Given a code's key, the same on both sides
    code = codes.new_code(wordlists.lists()["eff-large"], rng)
    key = twin.bytes("derive", list="eff-large", words=list(code.words), deployment=DEPLOYMENT)
    assert key == codes.derive(code, DEPLOYMENT)
    private, public = hpke.generate(rng)
    for box in codes.BOXES:
        found = codes.keys(key, box)
        told = twin("keys", key=key, box=box)
        assert (b64decode(told["l"]), b64decode(told["auth"])) == (found.l, found.auth)
        # When either makes credentials
        ours = mailbox.make_credentials(key, DEPLOYMENT, box, private, one_time=True, rng=rng)
        made = twin.bytes("make_credentials", key=key, deployment=DEPLOYMENT, box=box, private=private, one_time=False)
        theirs = mailbox.Credentials.decode(made)
        # Then the other opens the key in them
        assert theirs.public == public
        assert mailbox.open_private(key, DEPLOYMENT, box, theirs.salt, theirs.wrapped) == private
        asked = {"key": key, "deployment": DEPLOYMENT, "box": box, "salt": ours.salt, "wrapped": ours.wrapped}
        assert twin.bytes("open_private", **asked) == private
        assert twin.bytes("credentials", data=ours.encode()) == ours.encode()
        with pytest.raises(RefusedError):
            twin("open_private", **{**asked, "box": 1 - box})


def sample_envelope(chance: random.Random) -> envelope.Envelope:
    record = chance.choice(list(Record))
    compartments = COMPARTMENTS[record]
    ids = sorted({chance.randbytes(16) for _ in range(4)})
    return envelope.Envelope(
        chance.choice(list(envelope.Kind)),
        chance.choice(list(envelope.Channel)),
        chance.randbytes(32),
        record,
        chance.randbytes(16),
        chance.randbytes(16),
        chance.choice(["", "en", "zh-hans"]),
        chance.random() < 0.5,
        chance.random() < 0.5,
        tuple(ids[: chance.randrange(4)]),
        tuple(sorted({"contact", "assistance"})[: chance.randrange(3)]),
        tuple(
            envelope.Sealed(
                one,
                1,
                chance.randbytes(32),
                tuple(envelope.Wrapped(id_, chance.randbytes(106)) for id_ in ids),
                chance.randbytes(64),
            )
            for one in compartments
        ),
        tuple(envelope.Value(one, Field.FORM, 0, chance.randbytes(chance.randrange(600))) for one in compartments),
        tuple(
            envelope.Attached(version, chance.randbytes(16), chance.randrange(2**40), chance.randbytes(32))
            for version in sorted(chance.sample(range(2**32), 3))
        ),
        *(chance.randbytes(size) for size in (32, 32, 64)),
    )


def test_envelopes_are_the_same_bytes(twin: Twin) -> None:
    chance = random.Random(20261122)
    for _ in range(40):
        data = envelope.encode(sample_envelope(chance))
        assert twin.bytes("envelope", data=data) == data
        sent = encode_delivery(Delivery(chance.randbytes(49), None, data))
        assert twin.bytes("delivery", data=sent) == sent
        # And a changed one is refused by both, or by neither
        changed = bytearray(data)
        changed[chance.randrange(min(len(data), 200))] ^= 1 << chance.randrange(8)
        try:
            envelope.decode(bytes(changed))
        except SealingError:
            with pytest.raises(RefusedError):
                twin("envelope", data=bytes(changed))
        else:
            assert twin.bytes("envelope", data=bytes(changed)) == bytes(changed)
        with pytest.raises(RefusedError):
            twin("envelope", data=data[: chance.randrange(len(data))])
    with pytest.raises(SealingError):
        decode_delivery(b"\0")
    with pytest.raises(RefusedError):
        twin("delivery", data=b"\0")


READER = "reader {id} {x} {x} {role} {employer} {nation} {languages} {grants}\n"
NOTE = (
    f"answerable/readers@v1\ndeployment {DEPLOYMENT.hex()}\nepoch 3\nday 2026-11-22\nrecovery {'ab' * 32} 3 5\n"
    f"office {'0e' * 32}\noffice {'0f' * 32}\n"
    + READER.format(
        id="01" * 16,
        x="cd" * 32,
        role="intake_officer",
        employer="un",
        nation="FRA",
        languages="en,fr",
        grants="report/narrative,report/evidence",
    )
    + READER.format(
        id="02" * 16,
        x="cd" * 32,
        role="independent_reader",
        employer="-",
        nation="-",
        languages="-",
        grants="report/narrative",
    )
)


def test_readers_are_read_alike(twin: Twin) -> None:
    # Given a note, whole and changed at one place
    note = readers.parse(NOTE)
    told = twin("readers", text=NOTE)
    assert told[:5] == [DEPLOYMENT.hex(), 3, "2026-11-22", "ab" * 32, [one.hex() for one in note.office]]
    assert [one[0] for one in told[5:]] == [one.id.hex() for one in note.readers]
    chance = random.Random(7)
    seen = {True: 0, False: 0}
    for _ in range(600):
        at = chance.randrange(len(NOTE))
        char = chance.choice(["0", "a", "Z", " ", "\n", "-", ",", "é", "", NOTE[at] * 2])
        text = NOTE[:at] + char + NOTE[at + 1 :]
        try:
            readers.parse(text)
            good = True
            twin("readers", text=text)
        except SealingError:
            good = False
            with pytest.raises(RefusedError):
                twin("readers", text=text)
        seen[good] += 1
    # Then both took some and refused many
    assert seen[True] > 20
    assert seen[False] > 200
    # And both wrap to the same people
    for compartment in (Compartment.NARRATIVE, Compartment.EVIDENCE, Compartment.REPORTER_IDENTITY):
        for struck in ([], ["01" * 16]):
            for independent in (True, False):
                asked = {"record": 1, "compartment": int(compartment), "struck": struck, "independent": independent}
                ours = note.holders(Record.REPORT, compartment, [bytes.fromhex(one) for one in struck], independent)
                assert twin("holders", text=NOTE, **asked) == [one.id.hex() for one in ours]


def test_a_passphrase_opens_the_keys_of_a_person(twin: Twin) -> None:
    person = persons.make_person("One  two three four five SIX", rng)
    secrets = persons.open_person("one two three four five six", person)
    for purpose, wrapped, key in (
        ("x25519", person.wrapped_x, secrets.x25519),
        ("ed25519", person.wrapped_ed, secrets.ed25519),
    ):
        asked = {"purpose": purpose, "salt": person.salt, "wrapped": wrapped}
        opened = twin.bytes("person", passphrase="one two three four five six", **asked)
        assert opened[-32:] == key
    with pytest.raises(RefusedError):
        twin("person", passphrase="one two three", **asked)


def test_lists_travel_without_what_their_words_share(twin: Twin) -> None:
    # Given the files that the build made of our lists
    built = WEB.parent / "src" / "answerable" / "ui" / "static" / "ui" / "report"
    for path in sorted(LISTS.glob("*.txt")):
        if path.name != "digits.txt":
            # Then each gives back the list's own bytes
            assert twin("unfolded", text=(built / f"words-{path.name}").read_text("utf-8")) == path.read_text("utf-8")


TEXTS = [
    "",
    "a",
    "\r\nx\r y\t\x00z\x1f",
    'quotes " and \\ and </script> & \u2028',
    "é\u0301 \U0001f600 \ud7ff\ue000",
    "  spaces  ",
]


def test_forms_are_written_alike(twin: Twin) -> None:
    # Given answers with every kind of character
    names = ("what", "when", "where", "relation", "interviewer_sex", "interviewer_language", "complaint", "who", "tie")
    more = ("name", "contact", "safe_times", "age", "need")
    for number, want in enumerate(("report", "help", "both", "complain")):
        texts = {name: TEXTS[(at + number) % len(TEXTS)] for at, name in enumerate((*names, *more))}
        answers = contents.Answers(want, "fr", number % 2 == 0, False, (), texts)
        asked = {"want": want, "language": "fr", "urgent": number % 2 == 0, "independent": False, "texts": texts}
        # Then both write the same bytes into the same compartments
        for record in contents.WANTS[want]:
            ours = {int(one): data for one, data in contents.forms(record, answers).items()}
            theirs = {one: b64decode(data) for one, data in twin("forms", record=int(record), answers=asked)}
            assert theirs == ours
    for text in TEXTS:
        ours_ = contents.message(text, "2026-11-22", b"seen", "yes")
        after = sha256(b"seen").hexdigest()
        assert twin.bytes("message", text=text, day="2026-11-22", after=after, check_in="yes") == ours_
    assert twin("clean", texts=TEXTS) == [without_controls(text) for text in TEXTS]


def test_files_are_named_alike(twin: Twin) -> None:
    names = ["a.jpg", "../../etc/passwd", "C:\\x\\y.png", "", "...", "gpj\u202e.exe", "é" * 400, "a\nb", " . x . "]
    names += [
        "x" * 600 + ".jpeg",
        "n\u0301.tar.gz",
        ".hidden",
        "con",
        "a\u200db.png",
        "\U0001f600.gif",
        "a/..",
        "name.",
    ]
    assert twin("file_names", names=names) == [display_name(name) for name in names]
    types = ["image/JPEG", "", "text/plain; charset=utf-8", "nonsense", "é/x", "a/" + "b" * 200, " image/png "]
    assert twin("file_types", types=types) == [filing.file_type(one) for one in types]


def test_a_thread_is_ordered_alike(twin: Twin) -> None:
    chance = random.Random(3)
    for _ in range(30):
        # Given messages of a few days, each after another, some of which are missing
        sealed = [chance.randbytes(8) for _ in range(8)]
        digests = [sha256(one).hexdigest() for one in sealed]
        made = [
            thread.Message(True, f"2026-11-2{chance.randrange(3)}", "", "", one, chance.choice(["", *digests]))
            for one in sealed
        ]
        shown = [one for one in made if chance.random() < 0.8]
        # When both put them in order
        ours = [[sha256(one.sealed).hexdigest(), one.gap] for one in thread.in_order(shown)]
        asked = [
            {"mine": True, "day": one.day, "after": one.after, "digest": sha256(one.sealed).hexdigest(), "gap": False}
            for one in shown
        ]
        theirs = twin("in_order", messages=asked)
        # Then they miss the same messages, and none stands before the one it answers
        assert sorted(ours) == sorted(theirs)
        placed = [digest for digest, _gap in theirs]
        if not _circular(made, shown):
            for one in shown:
                if one.after in placed:
                    assert placed.index(one.after) < placed.index(sha256(one.sealed).hexdigest())


def _circular(made: list[thread.Message], shown: list[thread.Message]) -> bool:
    """Whether messages answer each other in a ring, as only a liar's do."""
    after = {sha256(one.sealed).hexdigest(): one.after for one in shown}
    for start in after:
        at, steps = start, 0
        while at in after and after[at] and steps <= len(made):
            at, steps = after[at], steps + 1
        if steps > len(made):
            return True
    return False
