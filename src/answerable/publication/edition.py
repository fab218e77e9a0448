"""The site in one language: which pages there are, and what each shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from answerable.correspondence.letters import Letter
from answerable.correspondence.questions import Slot
from answerable.correspondence.statements import Statement, Version
from answerable.publication import diff, drawing, said, views
from answerable.publication.assets import document_path, version_path
from answerable.publication.clocks import Silent
from answerable.publication.log_view import Anchors, abridged
from answerable.publication.material import Material
from answerable.publication.timeline import Bar, Chart, Dot, Lane
from answerable.ui import security
from answerable.ui.languages import Language, language


@dataclass(frozen=True)
class Page:
    """One page: its path under the language's root, its template, what it shows, whose entries it rests on."""

    path: str
    template: str
    section: str
    context: dict[str, Any]
    keys: tuple[str, ...] = ()

    @property
    def data_path(self) -> str:
        """Where the same content stands for machines."""
        return self.path.removesuffix(".html") + ".json"


@dataclass(frozen=True)
class Edition:
    """Every page in one language."""

    material: Material
    anchors: Anchors
    language: Language
    languages: Sequence[Language]
    base_url: str
    text: Language = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", language(views.text_code(self.language)))

    def pages(self) -> Iterator[Page]:
        """The pages, the first of them the timeline."""
        material = self.material
        everything = tuple(material.correspondence.keys())
        letters = tuple(f"letter:{letter.label}" for letter in material.in_time())
        yield Page("index.html", "index.html", "index", self._index(), letters)
        for letter in material.in_time():
            keys = tuple(material.letter_keys(letter.label))
            yield Page(f"letters/{letter.label}.html", "letter.html", "index", self._letter(letter), keys)
        yield from self._question_pages()
        yield from self._statement_pages()
        yield from self._procedure_pages()
        yield Page("silence.html", "silence.html", "silence", {"clocks": self._clocks()}, letters)
        corrections = material.correspondence.corrections
        rows = [{"correction": item, "target": self._target(item.of)} for item in corrections]
        keys = tuple(item.key for item in corrections)
        yield Page("corrections.html", "corrections.html", "corrections", {"corrections": rows}, keys)
        yield Page("check.html", "check.html", "check", self._check(everything))

    def html(self, page: Page) -> str:
        """A page as HTML, with its surroundings: navigation, languages, entries, checkpoint."""
        up = "../" * page.path.count("/")
        site = up + ("../" if self.language.folder else "")
        log = self.anchors.log
        entries = self.anchors.of(page.keys)
        shell = {
            "page": page,
            "language": self.language,
            "text": self.text,
            "up": up,
            "site": site,
            "policy": security.policy(security.PAGE, header=False),
            "title": self.material.correspondence.title,
            "editors_language": self.material.language,
            "as_of": self.material.as_of.isoformat(),
            "others": [(each, site + each.folder + page.path) for each in self.languages],
            "log": log,
            "checkpoint": abridged(log.checkpoint.decode("utf-8")) if log is not None and log.checkpoint else "",
            "entries": entries,
            "receipt": next((entry for entry in entries if entry.receipt), None),
            "material": self.material,
            "parties": {party.code: party.name for party in self.material.correspondence.parties},
        }
        return views.render(page.template, {**shell, **page.context, **self._drawn(page, up)}, self.language)

    # The timeline.

    def _index(self) -> dict[str, Any]:
        return {"rows": [self._row(letter) for letter in self.material.in_time()]}

    def _drawn(self, page: Page, up: str) -> dict[str, Any]:
        """The timeline in both forms, on the page that has it."""
        if page.path != "index.html" or not self.material.letters:
            return {}
        return views.in_language(self.language, lambda: self._timeline(up))

    def _timeline(self, up: str) -> dict[str, Any]:
        rtl = self.text.direction == "rtl"
        chart, words = self._chart(up)
        return {
            "wide": drawing.draw(chart, words, drawing.WIDE, rtl=rtl),
            "narrow": drawing.draw(chart, words, drawing.NARROW, rtl=rtl),
            "any_ended": any(bar.until is not None for bar in chart.bars),
        }

    def _chart(self, up: str) -> tuple[Chart, drawing.Words]:
        material = self.material
        lanes = tuple(Lane(party.code, party.office, material.language) for party in material.lanes())
        dots = tuple(
            Dot(
                letter.label,
                date.fromisoformat(letter.dated),
                letter.from_,
                (letter.to,),
                f"{up}letters/{letter.label}.html",
                views.dot_words(letter.label, letter.dated, self._office(letter.from_), self._office(letter.to)),
            )
            for letter in material.in_time()
            if letter.dated is not None and letter.dated <= material.as_of.isoformat()
        )
        chart = Chart(lanes, dots, tuple(self._bars(up)), material.as_of)
        return chart, views.picture_words(chart.first, material.as_of, ", ".join(lane.name for lane in lanes))

    def _bars(self, up: str) -> Iterator[Bar]:
        for clock in self.material.clocks.values():
            party = self.material.by_office(clock.obligor)
            if party is None or clock.dated is None:
                continue
            since = date.fromisoformat(clock.dated)
            until = date.fromisoformat(clock.reply.dated) if clock.reply and clock.reply.dated else None
            if clock.running or until is not None:
                yield Bar(party.code, since, until, views.clock_words(clock), f"{up}letters/{clock.letter}.html")
            yield from self._ask_bars(clock, party.code, up)

    def _ask_bars(self, clock: Silent, lane: str, up: str) -> Iterator[Bar]:
        slots = {slot.slot: slot for slot in self.material.slots_of(clock.letter)}
        for ask in clock.asks:
            slot = slots.get(ask.slot)
            page = f"questions/{self.material.slot_name(slot)}" if slot else f"letters/{clock.letter}"
            if ask.since is not None and (ask.running or ask.stopped_on is not None):
                until = date.fromisoformat(ask.stopped_on) if ask.stopped_on else None
                words = views.ask_words(clock, ask)
                yield Bar(lane, date.fromisoformat(ask.since), until, words, f"{up}{page}.html")

    # Letters.

    def _row(self, letter: Letter) -> dict[str, Any]:
        return {
            "letter": letter,
            "sender": self.material.party(letter.from_),
            "recipient": self.material.party(letter.to),
            "behalf": self.material.party(letter.on_behalf),
            "clock": self.material.clocks.get(letter.label),
            "asks": self._asks(letter),
            "replies": self.material.replies_to(letter.label),
        }

    def _letter(self, letter: Letter) -> dict[str, Any]:
        material = self.material
        slots = material.slots_of(letter.label)
        return {
            **self._row(letter),
            "answers": [material.letters[label] for label in letter.in_reply_to if label in material.letters],
            "documents": [(document, document_path(letter, document)) for document in letter.documents],
            "slots": [(slot, material.slot_name(slot)) for slot in slots],
            "claims": [(claim, material.claim(claim.opposes)) for claim in material.claims_in(letter.label)],
            "assessments": [
                (item, material.rejoinders_to(item.id), material.successor(item.id))
                for item in (*material.assessments_of(letter.label), *material.assessments_in(letter.label))
            ],
            "corrections": material.corrections_of(material.letter_keys(letter.label)),
        }

    def _asks(self, letter: Letter) -> list[tuple[Any, str]]:
        """The clocks of a letter's questions, each with the name of the question's page."""
        clock = self.material.clocks.get(letter.label)
        slots = {slot.slot: slot for slot in self.material.slots_of(letter.label)}
        asks = clock.asks if clock else ()
        return [(ask, self.material.slot_name(slots[ask.slot])) for ask in asks if ask.slot in slots]

    def _clocks(self) -> list[dict[str, Any]]:
        return [
            self._row(self.material.letters[label])
            for label in self.material.clocks
            if label in self.material.letters and self.material.clocks[label].obligor is not None
        ]

    def _office(self, code: str) -> str:
        party = self.material.party(code)
        return party.office if party else code

    # Questions.

    def _question_pages(self) -> Iterator[Page]:
        material = self.material
        slots, unplaced = material.correspondence.slots, material.correspondence.unplaced
        names = [(slot, material.slot_name(slot)) for slot in slots]
        asked = [
            {"letter": letter, "slots": [pair for pair in names if pair[0].letter == letter.label]}
            for letter in material.in_time()
            if material.slots_of(letter.label)
        ]
        keys = (*(slot.key for slot in slots), *(item.key for item in unplaced))
        yield Page("questions/index.html", "questions.html", "questions", {"asked": asked, "unplaced": unplaced}, keys)
        for slot, name in names:
            path = f"questions/{name}.html"
            yield Page(path, "question.html", "questions", self._question(slot), tuple(material.slot_keys(slot)))
        for item in unplaced:
            corrections = material.corrections_of([item.key])
            keys = (item.key, *(each.key for each in corrections))
            path = f"questions/unplaced-{item.id}.html"
            context = {"item": item, "corrections": corrections, **self._said(item.query)}
            yield Page(path, "unplaced.html", "questions", context, keys)

    def _question(self, slot: Slot) -> dict[str, Any]:
        material = self.material
        letter = material.letters[slot.letter]
        clock = material.clocks.get(slot.letter)
        return {
            "slot": slot,
            "letter": letter,
            "asked": material.party(letter.obligor or letter.to),
            "asker": material.party(letter.from_),
            "replies": [(each, material.party(each.from_)) for each in material.replies_to(slot.letter)],
            "judged": material.judged(slot),
            "claims": material.claims_about(slot.letter),
            "ask": material.ask(slot),
            "clock": clock,
            "corrections": material.corrections_of(material.slot_keys(slot)),
            **self._said(slot.query),
        }

    # What the statements on record say.

    def _said(self, query: str | None) -> dict[str, Any]:
        """What is answered to a question's query; as data without the HTML made of it."""
        found = said.answer(query, self.material.statements)
        if found is None:
            return {"said": None}
        return {"said": found, "answered": {"digest": found.digest, "collection": found.collection, **found.asked}}

    def _procedure_pages(self) -> Iterator[Page]:
        collections = self.material.statements
        if not collections:
            return
        yield Page("procedures/index.html", "procedures.html", "procedures", {"collections": collections})
        for each in collections:
            yield Page(each.path, "procedure.html", "procedures", {"said": each, "report": each.report.data()})

    # Statements, corrections, checking.

    def _statement_pages(self) -> Iterator[Page]:
        statements = self.material.correspondence.statements
        keys = tuple(version.key for statement in statements for version in statement.versions)
        yield Page("statements/index.html", "statements.html", "statements", {"statements": statements}, keys)
        for statement in statements:
            keys = tuple(version.key for version in statement.versions)
            corrections = self.material.corrections_of(keys)
            context = {"statement": statement, "corrections": corrections, **self._versions(statement)}
            keys += tuple(item.key for item in corrections)
            yield Page(f"statements/{statement.id}.html", "statement.html", "statements", context, keys)

    def _versions(self, statement: Statement) -> dict[str, Any]:
        """Two versions side by side, each with the words only it has; of more, each next one beside the first."""
        first, *others = statement.versions
        if not others:
            words = [[diff.Run("both", tuple(first.text.split()))]]
            return {"pairs": [], "single": [self._side(first, "", words)]}
        pairs = []
        for second in others:
            runs = diff.compare(first.text, second.text)
            pairs.append([self._side(first, "A", diff.side(runs, "a")), self._side(second, "B", diff.side(runs, "b"))])
        return {"pairs": pairs, "single": []}

    def _side(self, version: Version, letter: str, paragraphs: list[list[diff.Run]]) -> dict[str, Any]:
        return {"version": version, "letter": letter, "paragraphs": paragraphs, "file": version_path(version)}

    def _target(self, key: str) -> dict[str, str]:
        """Where the thing with this key is shown, as far as it has a page."""
        kind, _, rest = key.partition(":")
        material = self.material
        if kind == "letter" and rest in material.letters:
            return {"path": f"letters/{rest}.html", "name": rest}
        if kind == "question":
            slot = next((slot for slot in material.correspondence.slots if slot.key == key), None)
            return {"path": f"questions/{material.slot_name(slot)}.html", "name": key} if slot else {"name": key}
        if kind == "unplaced":
            return {"path": f"questions/unplaced-{rest}.html", "name": key}
        for statement in material.correspondence.statements:
            if any(version.key == key for version in statement.versions):
                return {"path": f"statements/{statement.id}.html", "name": key}
        return {"name": key}

    def _check(self, keys: Sequence[str]) -> dict[str, Any]:
        anchors = self.anchors.of(keys)
        pairs = [(each, letter) for letter in self.material.in_time() for each in letter.documents]
        document, path = next(
            ((each, path) for each, letter in pairs if (path := document_path(letter, each))), (None, "")
        )
        return {
            "first_receipt": next((anchor for anchor in anchors if anchor.receipt), None),
            "document": document,
            "document_path": path,
            "document_name": path.rpartition("/")[2],
            "base_url": self.base_url,
            "policy_lines": abridged(self.anchors.log.policy_text) if self.anchors.log else "",
            "key_lines": abridged(self.anchors.log.vkeys_text) if self.anchors.log else "",
            "clocks": self._clocks(),
        }
