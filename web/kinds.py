"""Write the sealed kinds of the record as the compact table that the browser verifier reads openings by.

Run as ``python web/kinds.py`` after a change to the kinds; ``python web/kinds.py --check`` says whether the committed
table is current (exit 1 when not).

A line holds the kinds that have the same own fields: their names with ``+`` between, a colon, the fields. A field is
its name, a space and one letter for its type (left out for a code, and for a hash whose name ends in ``sha256``), the
words it may be if they are few, and ``?`` when it may be null. A line that begins with ``!`` is of no case and lacks
the case header. What occurs often is then replaced by one capital letter from `SHORT`, which stands for the word at its
place in the list of words.
"""

from __future__ import annotations

import sys
from pathlib import Path

from answerable.record.kinds import SEALED, Field, Kind

TARGET = Path(__file__).parent / "src" / "kinds.generated.ts"

#: The letter of each type, as `src/kinds.ts` reads it.
LETTERS = {
    "code": "c",
    "hash": "h",
    "ref": "h",
    "id": "i",
    "date": "d",
    "int": "n",
    "state": "s",
    "set<code>": "w",
    "set<hash>": "m",
    "duty": "o",
    "head": "e",
    "{act text, digest hash, name text, version text}": "p",
    "list<{answer code, ask code}>": "a",
}
SHORT = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letter(spec: str) -> str:
    """The compact form of a type. Raises SystemExit for one that the browser does not know yet."""
    if spec.startswith("code("):
        return "c(" + "|".join(word.strip() for word in spec[5:-1].split(",")) + ")"
    if spec.startswith("set<code("):
        return "w" + letter(spec[4:-1])[1:]
    if spec not in LETTERS:
        raise SystemExit(
            f"web/kinds.py: no letter for the type {spec!r}: add one here and its form to web/src/kinds.ts"
        )
    return LETTERS[spec]


def compact(field: Field) -> str:
    """One field: ``to``, ``from ?``, ``seq n``, ``prev h?``."""
    form = "v" if field.name == "v" else letter(field.type.spec)
    implied = "h" if field.name.endswith("sha256") else "c"
    form = ("" if form == implied else form) + ("?" if field.optional else "")
    return f"{field.name} {form}".rstrip()


def _shared(header: str) -> tuple[Field, ...]:
    """The fields that kinds with this header have in common, at their beginning: ``v`` and ``kind`` at least."""
    kinds = [kind.fields for kind in SEALED.values() if kind.header == header]
    common = [fields[0] for fields in zip(*kinds, strict=False) if len({field.spec for field in fields}) == 1]
    if [field.name for field in common[:2]] != ["v", "kind"]:
        raise SystemExit("web/kinds.py: every sealed kind must begin with v and kind")
    return tuple(common)


def _lines() -> list[str]:
    by_fields: dict[str, list[str]] = {}
    for kind in SEALED.values():
        own = ",".join(map(compact, kind.fields[len(_shared(kind.header)) :]))
        by_fields.setdefault(f"{own}\n{_mark(kind)}", []).append(kind.name)
    lines = []
    for key, names in by_fields.items():
        own, _, mark = key.partition("\n")
        lines.append(f"{mark}{'+'.join(names)}:{own}")
    return lines


def _mark(kind: Kind) -> str:
    return "" if kind.header == "case" else "!"


def _candidates(text: str) -> set[str]:
    """Pieces that one letter may stand for: within a line, without a letter of `SHORT`."""
    found = set()
    for line in text.split("\n"):
        for start in range(len(line)):
            for stop in range(start + 3, min(len(line), start + 24) + 1):
                if line[stop - 1] in SHORT:
                    break
                if line[start] not in SHORT:
                    found.add(line[start:stop])
    return found


def shorten(text: str) -> tuple[str, list[str]]:
    """Replace, while it pays, the piece that saves most by the next letter of `SHORT`. The least piece wins a tie."""
    words: list[str] = []
    while len(words) < len(SHORT):
        saved, piece = min((len(one) + 1 - text.count(one) * (len(one) - 1), one) for one in _candidates(text))
        if saved >= 0:
            break
        text = text.replace(piece, SHORT[len(words)])
        words.append(piece)
    return text, words


def table() -> str:
    """The generated module."""
    text, words = shorten("\n".join(_lines()))
    bare, case = _shared("none"), _shared("case")
    kind_first = sorted(bare, key=lambda field: field.name != "kind")
    return (
        "// Written by web/kinds.py from answerable.record.kinds. Do not edit.\n\n"
        "/** Fields of every sealed kind, the kind first; then those that an event of a case has beside them. */\n"
        f'export const HEADER = "{",".join(map(compact, kind_first))}";\n'
        f'export const CASE = "{",".join(map(compact, case[len(bare) :]))}";\n\n'
        "/** What the capital letters of the table stand for, A first. */\n"
        f'export const WORDS = "{"~".join(words)}";\n\n'
        f"export const KINDS = `{text}`;\n"
    )


def main() -> int:
    """Write the table, or with ``--check`` compare it."""
    if "--check" in sys.argv[1:]:
        if TARGET.read_text("utf-8") == table():
            return 0
        sys.stderr.write("web/src/kinds.generated.ts is out of date: run python web/kinds.py, then make web\n")
        return 1
    TARGET.write_text(table(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
