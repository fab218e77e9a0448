"""A whole correspondence as a folder of plain files: read, write, check. Writing what was read gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from answerable.correspondence import codec, yaml_text
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.letters import Party
from answerable.correspondence.questions import Claim, Slot, Unplaced
from answerable.correspondence.rules import Rules
from answerable.correspondence.shapes import CODE, LABEL, LANGUAGE, Shape, matching
from answerable.correspondence.whole import Correspondence, order, tidy
from answerable.correspondence.yaml_text import Node, Value

MAX_DOCUMENT = 25_000_000
HEAD = "correspondence.yaml"
UNPLACED = "questions/unplaced.yaml"

T = TypeVar("T")


def read(path: Path) -> Correspondence:
    """Read and check the folder. Raises the first `CorrespondenceError`, with file and line."""
    correspondence, errors = check(path)
    if errors:
        raise errors[0]
    assert correspondence is not None
    return correspondence


def check(path: Path) -> tuple[Correspondence | None, list[CorrespondenceError]]:
    """Read the folder and give everything that is wrong with it; the correspondence is None unless nothing is."""
    reader = _Reader(Path(path))
    correspondence = reader.read()
    if correspondence is None or reader.errors:
        return None, reader.errors
    errors = list(Rules(correspondence, reader.places).broken())
    return (None if errors else correspondence), errors


@dataclass
class _Reader:
    root: Path
    errors: list[CorrespondenceError] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def read(self) -> Correspondence | None:
        if not (self.root / HEAD).is_file():
            self.errors.append(
                CorrespondenceError(
                    "no correspondence here", where=str(self.root), todo=f"a folder of correspondence holds {HEAD}"
                )
            )
            return None
        head = self.attempt(self.head)
        slots: list[Slot] = []
        claims: list[Claim] = []
        for label, node in self.nodes("questions"):
            if label != "unplaced":
                self.attempt(lambda label=label, node=node: self.questions(label, node, slots, claims))  # type: ignore[misc]
        parts = Correspondence(
            title=head[0] if head else "",
            languages=head[1] if head else (),
            parties=head[2] if head else (),
            letters=self.each("letters", lambda label, node: codec.letter_from(label, node, self.beside("letters"))),
            slots=tuple(slots),
            unplaced=self.attempt(self.unplaced) or (),
            claims=tuple(claims),
            assessments=self.each("assessments", codec.assessment_from),
            rejoinders=self.each("rejoinders", codec.rejoinder_from),
            statements=self.each(
                "statements", lambda ident, node: codec.statement_from(ident, node, self.beside("statements"))
            ),
            corrections=self.each("corrections", codec.correction_from),
        )
        self.strays()
        return tidy(parts)

    def attempt(self, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except CorrespondenceError as error:
            self.errors.append(error)
            return None

    def bytes_of(self, name: str, place: str) -> bytes:
        self.used.add(name)
        path = self.root / name
        if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
            raise CorrespondenceError(f"there is no file {name}", where=place, todo="put it there, or name another")
        try:
            with path.open("rb") as file:
                content = file.read(MAX_DOCUMENT + 1)
        except OSError as error:
            raise CorrespondenceError(f"{name} cannot be read: {error.strerror}", where=place) from None
        if len(content) > MAX_DOCUMENT:
            raise CorrespondenceError(f"{name} is larger than {MAX_DOCUMENT} bytes", where=place)
        return content

    def beside(self, folder: str) -> codec.Files:
        return lambda name, place: self.bytes_of(f"{folder}/{name}", place)

    def node(self, name: str) -> Node:
        return yaml_text.load(self.bytes_of(name, name + ":1"), name)

    def nodes(self, folder: str) -> Iterator[tuple[str, Node]]:
        """Every ``.yaml`` file of a subfolder by its label, in order."""
        paths = sorted((self.root / folder).glob("*.yaml"), key=lambda path: order(path.stem))
        for path in paths:
            name = f"{folder}/{path.name}"
            if path.name.startswith("."):
                continue
            if not LABEL.fullmatch(path.stem):
                self.used.add(name)
                self.errors.append(CorrespondenceError("the file's name is no label", where=f"{name}:1"))
            elif (node := self.attempt(lambda name=name: self.node(name))) is not None:  # type: ignore[misc]
                yield path.stem, node

    def each(self, folder: str, read_one: Callable[[str, Node], T]) -> tuple[T, ...]:
        found: list[T] = []
        for label, node in self.nodes(folder):
            item = self.attempt(lambda label=label, node=node: read_one(label, node))  # type: ignore[misc]
            if item is not None:
                found.append(item)
                self.remember(f"{folder[:-1]}:{label}", node)
        return tuple(found)

    def remember(self, key: str, node: Node) -> None:
        """Keep the places of a thing and of its fields, for rules that are checked later."""
        self.places[key] = node.place
        if isinstance(node.value, dict):
            for name, item in node.value.items():
                self.places[f"{key}#{name}"] = item.place

    def head(self) -> tuple[str, tuple[str, ...], tuple[Party, ...]]:
        shape = Shape(self.node(HEAD), "the correspondence")
        title = shape.text("title")
        languages = shape.each(
            "languages", lambda item: matching(item, "languages", LANGUAGE, "a language tag such as en"), required=True
        )
        parties = shape.find("parties", required=True)
        assert parties is not None
        if not isinstance(parties.value, dict):
            raise CorrespondenceError("parties must be a mapping from code to name and office", where=parties.place)
        found: list[Party] = []
        for code, node in parties.value.items():
            if not CODE.fullmatch(code):
                raise CorrespondenceError(f"{code!r} is no code, such as code-blue", where=node.place)
            found.append(codec.party_from(code, node))
            if [party.office for party in found].count(found[-1].office) > 1:
                raise CorrespondenceError(f"two parties have the office {found[-1].office!r}", where=node.place)
        shape.done()
        return title, languages, tuple(found)

    def questions(self, label: str, node: Node, slots: list[Slot], claims: list[Claim]) -> None:
        shape = Shape(node, f"the questions of {label}")

        def slot(item: Node) -> Slot:
            found = codec.slot_from(label, item)
            self.remember(found.key, item)
            return found

        def claim(item: Node) -> Claim:
            found = codec.claim_from(item, label)
            if found.key in self.places:
                raise CorrespondenceError(f"two claims have the id {found.id!r}", where=item.place)
            self.remember(found.key, item)
            return found

        slots += shape.each("slots", slot, required=True)
        claims += shape.each("claims", claim)
        shape.done()
        if not any(found.letter == label for found in slots):
            raise CorrespondenceError("no slots here", where=node.place, todo="leave the file out")

    def unplaced(self) -> tuple[Unplaced, ...]:
        if not (self.root / UNPLACED).exists():
            return ()
        node = self.node(UNPLACED)
        if not isinstance(node.value, list) or not node.value:
            raise CorrespondenceError("unplaced questions must be a list", where=node.place)
        found: list[Unplaced] = []
        for item in node.value:
            found.append(codec.unplaced_from(item))
            if found[-1].key in self.places:
                raise CorrespondenceError(f"two unplaced questions have the id {found[-1].id!r}", where=item.place)
            self.remember(found[-1].key, item)
        return tuple(found)

    def strays(self) -> None:
        """A file that nothing names would be lost on the way through the database."""
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            hidden = any(part.startswith(".") for part in path.relative_to(self.root).parts)
            if not path.is_dir() and not hidden and name not in self.used:
                self.errors.append(
                    CorrespondenceError(
                        "nothing names this file", where=f"{name}:1", todo="name it in a .yaml file, or take it away"
                    )
                )


def files(correspondence: Correspondence) -> dict[str, bytes]:
    """The folder's files by their names, in canonical text."""
    correspondence = tidy(correspondence)
    out: dict[str, bytes] = {}

    def put(name: str, content: bytes) -> None:
        if out.setdefault(name, content) != content:
            raise CorrespondenceError("two different contents have this name", where=name, todo="name one otherwise")

    parties: dict[str, Value] = {party.code: codec.party_value(party) for party in correspondence.parties}
    head: dict[str, Value] = {
        "title": correspondence.title,
        "languages": list(correspondence.languages),
        "parties": parties,
    }
    put(HEAD, yaml_text.dump(head))
    for letter in correspondence.letters:
        put(f"letters/{letter.label}.yaml", yaml_text.dump(codec.letter_value(letter)))
        for document in letter.documents:
            put(f"letters/{document.file}", document.content)
    for label in sorted({item.letter for item in correspondence.slots}):
        slots: list[Value] = [codec.slot_value(slot) for slot in correspondence.slots if slot.letter == label]
        claims: list[Value] = [codec.claim_value(claim) for claim in correspondence.claims if claim.about == label]
        page: dict[str, Value] = {"slots": slots}
        put(f"questions/{label}.yaml", yaml_text.dump(page | ({"claims": claims} if claims else {})))
    if correspondence.unplaced:
        put(UNPLACED, yaml_text.dump([codec.unplaced_value(item) for item in correspondence.unplaced]))
    for assessment in correspondence.assessments:
        put(f"assessments/{assessment.id}.yaml", yaml_text.dump(codec.assessment_value(assessment)))
    for rejoinder in correspondence.rejoinders:
        put(f"rejoinders/{rejoinder.id}.yaml", yaml_text.dump(codec.rejoinder_value(rejoinder)))
    for correction in correspondence.corrections:
        put(f"corrections/{correction.id}.yaml", yaml_text.dump(codec.correction_value(correction)))
    for statement in correspondence.statements:
        put(f"statements/{statement.id}.yaml", yaml_text.dump(codec.statement_value(statement)))
        for version in statement.versions:
            put(f"statements/{version.file}", version.content)
    return out


def write(correspondence: Correspondence, path: Path) -> None:
    """Write the folder. Raises `CorrespondenceError` when ``path`` already holds anything."""
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise CorrespondenceError("the folder is not empty", where=str(path), todo="name a new folder")
    for name, content in files(correspondence).items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
