"""What must hold between the parts of a correspondence, beyond each part's own form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.letters import Letter
from answerable.correspondence.questions import Assessment, Claim, Slot
from answerable.correspondence.whole import Correspondence


class Rules:
    """Checks one correspondence. ``places`` gives ``file:line`` by ``key#field``; without it the field is named."""

    def __init__(self, correspondence: Correspondence, places: Mapping[str, str] | None = None) -> None:
        self.all = correspondence
        self.places = places or {}
        self.parties = {party.code for party in correspondence.parties}
        self.letters = {letter.label: letter for letter in correspondence.letters}
        self.slots = {(slot.letter, slot.slot): slot for slot in correspondence.slots}
        self.assessments = {item.id: item for item in correspondence.assessments}

    def broken(self) -> Iterator[CorrespondenceError]:
        """Every rule that does not hold, in the order of the files."""
        for letter in self.all.letters:
            yield from self.letter(letter)
        yield from self.replies_in_a_circle()
        for label in sorted({slot.letter for slot in self.all.slots}):
            yield from self.register(label)
        for slot in self.all.slots:
            yield from self.slot(slot)
        for claim in self.all.claims:
            yield from self.claim(claim)
        for assessment in self.all.assessments:
            yield from self.assessment(assessment)
        yield from self.rejoinders()
        yield from self.statements()
        yield from self.corrections()

    def error(self, key: str, field: str, what: str, todo: str | None = None) -> CorrespondenceError:
        where = self.places.get(f"{key}#{field}") or self.places.get(key) or field
        return CorrespondenceError(what, where=where, todo=todo)

    def known_party(self, key: str, field: str, code: str | None) -> Iterator[CorrespondenceError]:
        if code is not None and code not in self.parties:
            yield self.error(key, field, f"no party {code!r}", "name it in correspondence.yaml")

    def known_letter(self, key: str, field: str, label: str) -> Iterator[CorrespondenceError]:
        if label not in self.letters:
            yield self.error(key, field, f"no letter {label!r}")

    def letter(self, letter: Letter) -> Iterator[CorrespondenceError]:
        """Parties and letters named exist; a due date stands only with its rule; dates run forward."""
        if letter.label == "unplaced":
            yield self.error(letter.key, "label", "a letter cannot be called 'unplaced'")
        for field, code in (
            ("from", letter.from_),
            ("to", letter.to),
            ("on_behalf", letter.on_behalf),
            ("obligor", letter.obligor),
        ):
            yield from self.known_party(letter.key, field, code)
        for label in letter.in_reply_to:
            yield from self.known_letter(letter.key, "in_reply_to", label)
        if len(set(letter.in_reply_to)) < len(letter.in_reply_to):
            yield self.error(letter.key, "in_reply_to", "a letter is listed twice")
        if letter.due and not letter.rule:
            yield self.error(
                letter.key, "due", "a due date needs the rule it rests on", "cite it in rule:, or leave due: out"
            )
        if letter.due and not letter.obligor:
            yield self.error(
                letter.key, "due", "a due date needs the office that owes the answer", "name it in obligor:"
            )
        if letter.rule and not letter.due:
            yield self.error(letter.key, "rule", "a rule stands only beside the due date it sets")
        for earlier, later in (("dated", "received"), ("sent", "received"), ("dated", "due")):
            first, second = getattr(letter, earlier), getattr(letter, later)
            if first and second and second < first:
                yield self.error(letter.key, later, f"{later} is before {earlier}")
        if not letter.documents:
            yield self.error(letter.key, "documents", "no document and no excerpt that attests the letter")

    def replies_in_a_circle(self) -> Iterator[CorrespondenceError]:
        """A letter cannot, through others, be a reply to itself."""
        waiting = dict(self.letters)
        while ready := [
            label for label, letter in waiting.items() if not any(other in waiting for other in letter.in_reply_to)
        ]:
            for label in ready:
                del waiting[label]
        for letter in waiting.values():
            yield self.error(letter.key, "in_reply_to", "the letters reply to each other in a circle")

    def register(self, label: str) -> Iterator[CorrespondenceError]:
        """A register of questions is numbered 1, 2, 3 … without a gap."""
        numbers = sorted(slot.slot for slot in self.all.slots if slot.letter == label)
        key = f"question:{label}:{numbers[0]}"
        yield from self.known_letter(key, "letter", label)
        for expected, number in enumerate(numbers, 1):
            if number != expected:
                found = "twice" if numbers.count(number) > 1 else f"but not {expected}"
                key = f"question:{label}:{number}"
                yield self.error(key, "slot", f"slot {number} of {label} is there {found}", "number them 1, 2, 3 …")
                return

    def slot(self, slot: Slot) -> Iterator[CorrespondenceError]:
        """Words stand only where the status says whose they are; a full text needs the held letter."""
        if (slot.text is None) != (slot.text_status == "not_available"):
            what = "a text" if slot.text is not None else "no text"
            yield self.error(slot.key, "text_status", f"the slot has {what}, but text_status is {slot.text_status}")
        letter = self.letters.get(slot.letter)
        if slot.text_status in ("full", "partial") and letter is not None and letter.held != "document":
            yield self.error(
                slot.key,
                "text_status",
                f"{slot.text_status} needs the letter itself, and {slot.letter} is not held",
                "hold the document, or say paraphrase",
            )
        if slot.answer_status in ("unanswered_confirmed", "answered_accepted") and slot.dated is None:
            yield self.error(slot.key, "dated", f"{slot.answer_status} needs the day on which it was said")
        for label in slot.evidence:
            yield from self.known_letter(slot.key, "evidence", label)

    def claim(self, claim: Claim) -> Iterator[CorrespondenceError]:
        """identified <= count <= of, and every number is a slot of the register."""
        yield from self.known_party(claim.key, "speaker", claim.speaker)
        yield from self.known_letter(claim.key, "letter", claim.letter)
        yield from self.known_letter(claim.key, "about", claim.about)
        if claim.count is not None and claim.count > claim.of:
            yield self.error(claim.key, "count", f"the count {claim.count} is more than all {claim.of}")
        if len(claim.identified) > (claim.of if claim.count is None else claim.count):
            yield self.error(claim.key, "identified", "more questions are identified than counted")
        if sorted(set(claim.identified)) != list(claim.identified):
            yield self.error(claim.key, "identified", "the numbers must ascend without repeats")
        if not any(slot.letter == claim.about for slot in self.all.slots):
            yield self.error(claim.key, "about", f"{claim.about} has no register of questions")
        for number in claim.identified:
            if (claim.about, number) not in self.slots:
                yield self.error(claim.key, "identified", f"{claim.about} has no slot {number}")
        others = {other.id for other in self.all.claims if other.id != claim.id}
        if claim.opposes is not None and claim.opposes not in others:
            yield self.error(claim.key, "opposes", f"no other claim {claim.opposes!r}")

    def assessment(self, item: Assessment) -> Iterator[CorrespondenceError]:
        """An answer shows its passage; the reply was sent in reply; what it replaces was about the same two letters."""
        yield from self.known_letter(item.key, "letter", item.letter)
        yield from self.known_letter(item.key, "reply", item.reply)
        reply = self.letters.get(item.reply)
        if reply is not None and item.letter not in reply.in_reply_to:
            yield self.error(item.key, "reply", f"{item.reply} does not list {item.letter} in in_reply_to")
        numbers = [answer.slot for answer in item.answers]
        if sorted(set(numbers)) != numbers:
            yield self.error(item.key, "answers", "the questions must ascend without repeats")
        for answer in item.answers:
            if (item.letter, answer.slot) not in self.slots:
                yield self.error(item.key, "answers", f"{item.letter} has no slot {answer.slot}")
            if (answer.answer == "none") != (answer.passage is None):
                need = "needs the passage that shows it" if answer.passage is None else "has no passage to show"
                yield self.error(item.key, "answers", f"slot {answer.slot}: {answer.answer!r} {need}")
        if item.supersedes is not None:
            old = self.assessments.get(item.supersedes)
            if old is None or old.id == item.id:
                yield self.error(item.key, "supersedes", f"no other assessment {item.supersedes!r}")
            elif (old.letter, old.reply) != (item.letter, item.reply):
                yield self.error(item.key, "supersedes", "the assessment it replaces is about other letters")

    def rejoinders(self) -> Iterator[CorrespondenceError]:
        """A rejoinder is the assessed party's own."""
        for item in self.all.rejoinders:
            assessment = self.assessments.get(item.to)
            reply = self.letters.get(assessment.reply) if assessment else None
            if assessment is None:
                yield self.error(item.key, "to", f"no assessment {item.to!r}")
            elif reply is not None and item.party not in (reply.from_, reply.on_behalf):
                yield self.error(item.key, "party", f"the assessed party is {reply.from_}, who wrote {reply.label}")
            yield from self.known_party(item.key, "party", item.party)

    def statements(self) -> Iterator[CorrespondenceError]:
        """A version's id is used once in the whole correspondence."""
        seen: set[str] = set()
        for statement in self.all.statements:
            if not statement.versions:
                yield self.error(f"statement:{statement.id}", "versions", "a statement needs a version of its words")
            for version in statement.versions:
                if version.id in seen:
                    yield self.error(version.key, "id", f"two versions have the id {version.id!r}")
                seen.add(version.id)

    def corrections(self) -> Iterator[CorrespondenceError]:
        """A correction names something there is, and not itself."""
        keys = set(self.all.keys())
        for item in self.all.corrections:
            if item.of not in keys or item.of == item.key:
                yield self.error(item.key, "of", f"nothing here is called {item.of!r}")
