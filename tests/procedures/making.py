"""Small collections in memory for tests: a base that loads, and what a test adds or changes."""

from __future__ import annotations

from answerable.procedures.collection import Collection, load

SOURCES = """\
sources:
  letter:
    title: A letter
    by: An office
    on: 2020-01-02
    held as: excerpts
    file: letter.txt
  manual:
    title: A manual
    by: An office
    on: not stated
    held as: not held
    known from: A summary of it
"""
LETTER = """\
# An office: a letter
The office shall refer every credible report to the State.
It may ask for more time.

# The same letter, further on
Nothing else is to be done.
"""
VOCABULARY = """\
vocabulary: small
sources: sources.yaml
facts:
  credible: {judgement: yes, decided by: office, standard: not stated}
  grade: {one of: [low, middle, high]}
  children: {whole number: {from: 0, to: 9}}
  share: {decimal: {from: 0.00, to: 1.00}}
  since: {day: {from: 2000-01-01, to: 2049-12-31}}
parties:
  house: {office: no, parts: [office, court]}
  office: {office: yes}
  court: {office: yes}
acts:
  referral: [refer to host_state, refer to nationality_state]
  outcome: {one at most: [close the case, open the case]}
  asking: [ask for time]
"""
STATEMENT = """\
statement: letter-one
kind: letter
by: An office
on: 2020-01-02
calls itself: not stated
source: letter
norms:
  - id: refer
    says: refer every credible report to the State
    when: credible
    who: office
    must: referral
    within: 10 days
    otherwise: not stated
    force: rule
"""
CALENDAR = """\
calendar: plain
zone: Europe/Zurich
working days: [mon, tue, wed, thu, fri]
holidays: [2025-12-25, 2026-01-01]
known: {from: 2025-01-01, to: 2026-12-31}
first day: excluded
if the last day is not a working day: stands
months: refuse
"""
PROCEDURE = """\
procedure: model
version: 1
status: constructed
calendar: plain
applies: {from: 2025-01-01, to: still, chosen by: receive report}
ends: close the case
acts:
  - act: receive report
    by: office
    rests on: not stated
  - act: close the case
    by: court
    rests on: letter-one/refer
"""
CASE = """\
case: one
source: letter
facts:
  credible: {is: yes, says: every credible report to the State}
events:
  - seq: 1
    at: 2025-03-01
    recorded: 2025-03-02
    who: office
    act: receive report
  - seq: 2
    at: {not after: 2025-03-05T12:00+01:00}
    recorded: 2025-03-06
    who: not stated
    act: close the case
    sets: {share: 0.25}
"""
QUESTIONS = """\
questions:
  - id: q-one
    asked by: Somebody
    source: letter
    says: Nothing else is to be done.
    ask: [{whether: referral}, {by when: ask for time}, {who decides: credible}]
"""
BASE = {
    "vocabulary.yaml": VOCABULARY,
    "sources.yaml": SOURCES,
    "letter.txt": LETTER,
    "statements/letter-one.yaml": STATEMENT,
    "calendars/plain.yaml": CALENDAR,
    "procedures/model.yaml": PROCEDURE,
    "cases/one.yaml": CASE,
    "questions.yaml": QUESTIONS,
}


def collection(files: dict[str, str | bytes] | None = None) -> Collection:
    """The base with ``files`` added or put in place of its own."""
    every = {name: text.encode() if isinstance(text, str) else text for name, text in (BASE | (files or {})).items()}

    def read(path: str) -> bytes:
        if path not in every:
            raise FileNotFoundError(2, "No such file", path)
        return every[path]

    def names(folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        return [
            name.removeprefix(prefix) for name in every if name.startswith(prefix) and "/" not in name[len(prefix) :]
        ]

    return load(read, names)


def changed(name: str, old: str, new: str) -> Collection:
    """The base with ``old`` replaced by ``new`` in one file."""
    assert BASE[name].count(old) >= 1, f"{old!r} is not in {name}"
    return collection({name: BASE[name].replace(old, new, 1)})


def complaints(one: Collection) -> list[str]:
    """The problems of a collection as they are shown."""
    return [str(problem) for problem in one.problems]
