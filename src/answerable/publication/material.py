"""Everything the pages are made from, looked up by what it is about. No language, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from answerable.correspondence.letters import Letter, Party
from answerable.correspondence.questions import Answer, Assessment, Claim, Correction, Rejoinder, Slot
from answerable.correspondence.whole import Correspondence
from answerable.publication.clocks import Ask, Silent
from answerable.publication.said import Said


@dataclass(frozen=True)
class Judged:
    """One assessment's word on one question, and what the assessed party says to it."""

    assessment: Assessment
    answer: Answer
    rejoinders: tuple[Rejoinder, ...]
    superseded_by: str | None


@dataclass(frozen=True)
class Material:
    """A correspondence, its clocks, the day they are read on, and the lines a command prints for them."""

    correspondence: Correspondence
    clocks: dict[str, Silent]
    as_of: date
    lines: tuple[str, ...]
    any_rule: bool
    statements: tuple[Said, ...] = ()
    letters: dict[str, Letter] = field(init=False)
    parties: dict[str, Party] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "letters", {letter.label: letter for letter in self.correspondence.letters})
        object.__setattr__(self, "parties", {party.code: party for party in self.correspondence.parties})

    @property
    def language(self) -> str:
        """The language the editors write in: the first the correspondence names."""
        return next(iter(self.correspondence.languages), "en")

    def in_time(self) -> list[Letter]:
        """The letters by day, those without a day last, then by their place in the folder."""
        return sorted(self.correspondence.letters, key=lambda letter: letter.dated or "9999")

    def party(self, code: str | None) -> Party | None:
        """A party by its code; one that the folder does not describe goes by the code itself."""
        if code is None:
            return None
        return self.parties.get(code) or Party(code, code, code)

    def by_office(self, office: str | None) -> Party | None:
        """A party by the office that entries and clocks name."""
        found = (party for party in self.correspondence.parties if office in (party.office, party.code))
        return next(found, None)

    def lanes(self) -> list[Party]:
        """The parties who wrote, were written to, or were asked, in the order in which they first appear."""
        codes = [code for letter in self.in_time() for code in (letter.from_, letter.to, letter.obligor) if code]
        return [party for code in dict.fromkeys(codes) if (party := self.party(code)) is not None]

    def replies_to(self, label: str) -> list[Letter]:
        """The letters that say they answer this one."""
        return [letter for letter in self.in_time() if label in letter.in_reply_to]

    def slots_of(self, label: str) -> list[Slot]:
        """The questions a letter asks, by number."""
        return [slot for slot in self.correspondence.slots if slot.letter == label]

    def claims_in(self, label: str) -> list[Claim]:
        """Claims that a letter makes."""
        return [claim for claim in self.correspondence.claims if claim.letter == label]

    def claims_about(self, label: str) -> list[Claim]:
        """Claims about a letter's questions, wherever made."""
        return [claim for claim in self.correspondence.claims if (claim.about or claim.letter) == label]

    def claim(self, ident: str | None) -> Claim | None:
        """A claim by its id."""
        return next((claim for claim in self.correspondence.claims if claim.id == ident), None)

    def assessments_of(self, label: str) -> list[Assessment]:
        """Assessments of replies to a letter."""
        return [item for item in self.correspondence.assessments if item.letter == label]

    def assessments_in(self, label: str) -> list[Assessment]:
        """Assessments of a letter as a reply."""
        return [item for item in self.correspondence.assessments if item.reply == label]

    def judged(self, slot: Slot) -> list[Judged]:
        """Every assessment's word on a question, from the earliest, the superseded ones included."""
        found = [
            Judged(item, answer, tuple(self.rejoinders_to(item.id)), self.successor(item.id))
            for item in self.assessments_of(slot.letter)
            for answer in item.answers
            if answer.slot == slot.slot
        ]
        return sorted(found, key=lambda one: one.assessment.dated or "")

    def successor(self, ident: str) -> str | None:
        """The id of the assessment that supersedes this one."""
        return next((item.id for item in self.correspondence.assessments if item.supersedes == ident), None)

    def rejoinders_to(self, ident: str) -> list[Rejoinder]:
        """What an assessed party says to an assessment."""
        return [item for item in self.correspondence.rejoinders if item.to == ident]

    def corrections_of(self, keys: Sequence[str]) -> list[Correction]:
        """Corrections of anything published under these keys."""
        return [item for item in self.correspondence.corrections if item.of in keys]

    def ask(self, slot: Slot) -> Ask | None:
        """A question's own clock, where it has one."""
        clock = self.clocks.get(slot.letter)
        return next((ask for ask in clock.asks if ask.slot == slot.slot), None) if clock else None

    def slot_name(self, slot: Slot) -> str:
        """`L3-08`: the name of a question's page, with as many digits as the letter's last question needs."""
        digits = max(2, *(len(str(each.slot)) for each in self.slots_of(slot.letter)))
        return f"{slot.letter}-{slot.slot:0{digits}d}"

    def letter_keys(self, label: str) -> list[str]:
        """The keys of all that a letter's page shows."""
        keys = [f"letter:{label}", *(claim.key for claim in self.claims_in(label))]
        for item in (*self.assessments_of(label), *self.assessments_in(label)):
            keys += [item.key, *(each.key for each in self.rejoinders_to(item.id))]
        return self._with_corrections(keys)

    def slot_keys(self, slot: Slot) -> list[str]:
        """The keys of all that a question's page shows."""
        keys = [slot.key, f"letter:{slot.letter}", *(f"letter:{each.label}" for each in self.replies_to(slot.letter))]
        for one in self.judged(slot):
            keys += [one.assessment.key, *(each.key for each in one.rejoinders)]
        keys += [claim.key for claim in self.claims_about(slot.letter)]
        return self._with_corrections(keys)

    def _with_corrections(self, keys: list[str]) -> list[str]:
        unique = list(dict.fromkeys(keys))
        return [*unique, *(item.key for item in self.corrections_of(unique))]
