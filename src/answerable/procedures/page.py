"""A report as one HTML page that needs nothing else: no script, no file from anywhere, everything escaped.

`document` is the page to keep; `fragment` the same content for a page that has its own surroundings. Headings run in
order, every table has a caption and header cells, and a verdict is always a word, never a colour alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from answerable.procedures.finding import Finding, Json, NormReference, Severity
from answerable.procedures.markup import Child, Html, element, join, listing, table
from answerable.procedures.page_table import overview, plain, read_words, situation_words
from answerable.procedures.report import Report
from answerable.procedures.words import count

_HERE = Path(__file__).parent
#: Kinds of findings that stand under a heading of their own, folded or not; everything else goes by severity.
_GROUPS: Sequence[tuple[str, str, bool, Callable[[Finding], bool]]] = (
    ("contradictions", "Contradictions", False, lambda found: found.kind in ("contradiction", "self-contradiction")),
    ("differences", "Differences", False, lambda found: _differs(found) not in (None, "silence")),
    ("silences", "Where one speaks and another is silent", True, lambda found: _differs(found) == "silence"),
    ("conduct", "What following one means for the other", True, lambda found: found.kind == "conduct"),
)
_SEVERITIES: Mapping[Severity, str] = {
    "error": "Errors: the files cannot be used",
    "fault": "Faults of procedures",
    "gap": "Gaps: what the sources leave open",
    "note": "Notes",
}

LIMITS = (
    "Encoding is interpretation. Each norm carries its words, so that a reader can judge the reading; where words bear "
    "two readings, both are encoded, and a finding says in which it holds.",
    "“Would”, “will face” and “the practice is” are treated as duties here. What hangs on that is named under “leans "
    "on” and can be set aside with --weaken.",
    "Statements differ in whom they are about. A contradiction is one where they overlap; the case shown says where.",
    "The vocabulary fixes what can be told apart: a comparison is blind to anything for which there is no fact.",
    "A conduct is a set of acts, without order and time. Order and time belong to procedures and cases.",
    "A finding describes texts and recorded events. It is not a legal opinion, and no person is named in a case.",
)


def style() -> str:
    """The rules for what `fragment` holds; colours and faces are taken from the page's own rules."""
    return (_HERE / "page.css").read_text(encoding="utf-8")


def document(report: Report) -> str:
    """The whole page."""
    title = f"{report.collection.name}: {report.title}"
    css = (_HERE / "page_base.css").read_text(encoding="utf-8") + style()
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content="default-src 'none'; style-src 'unsafe-inline'"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(css)),
    )
    body = element(
        "body",
        element("a", "Skip to the content", href="#main", class_="skip"),
        element("main", element("h1", title), fragment(report), id="main", tabindex="-1"),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def fragment(report: Report, level: int = 2) -> Html:
    """The report from its first section on; ``level`` is that of its headings."""
    sections = [
        _about(report, level),
        overview(report.collection, report.tables, level),
        _questions(report, level),
        *_findings(report, level),
        _cases(report, level),
        _coverage(report, level),
        _limits(level),
    ]
    return element("div", join(sections, "\n"), class_="procedures")


def _about(report: Report, level: int) -> Html:
    """What was read, how, and how much was found, by kind."""
    settings = [
        f"{plain(name)}: {_word(value)}" for name, value in report.settings.items() if value not in (None, [], 4)
    ]
    facts = [
        ("Collection", report.collection.name),
        ("Digest of its files (SHA-256)", element("span", report.collection.digest, class_="hash")),
        ("Settings", "; ".join(settings) or "none: everything as it is written"),
        ("Complete", "yes" if report.complete else "no: a stated bound was reached"),
    ]
    rows = [part for name, value in facts for part in (element("dt", name), element("dd", value))]
    counts = Counter((found.severity, found.kind) for found in report.findings)
    order = list(_SEVERITIES)
    body = [
        (plain(kind), severity, str(number))
        for (severity, kind), number in sorted(counts.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    ]
    counted: Child = element("p", "Nothing was found.")
    if body:
        inner = table("Findings by kind", ("Kind", "Severity", "How many"), body, "stack")
        counted = element("details", element("summary", count(len(report.findings), "finding") + ", by kind"), inner)
    return element(
        "section", element(f"h{level}", "What was read"), element("dl", *rows, class_="facts"), counted, id="about"
    )


def _word(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


# Questions.


def _questions(report: Report, level: int) -> Html | None:
    every: Any = report.parts.get("questions")
    if not every:
        return None
    asked = {question.id: question for question in report.collection.questions}
    return element(
        "section",
        element(f"h{level}", "Questions, and whether anything on record answers them"),
        *(question(report, each, " ".join(asked[each["id"]].says), level + 1) for each in every),
        id="questions",
    )


_VERDICTS = {
    "answered": "Answered by what is on record.",
    "contradictory": "Contradictory: one statement says yes and another no.",
    "undefined": "Undefined: no statement on record says anything to it.",
    "undetermined": "Undetermined: a passage that might answer could not be read.",
    "partly": "Partly: in some cases so, in others not. Each part is shown with an example case.",
}
_PARTS = {
    "contradictory": "Contradictory",
    "answered": "Answered",
    "undetermined": "Undetermined",
    "undefined": "Undefined",
}


def question(report: Report, asked: Mapping[str, Any], words: str, level: int) -> Html:
    """One question with its verdict, and each item it asks with the parts of its scope."""
    anchor = f"question-{asked['id']}"
    return element(
        "section",
        element(f"h{level}", asked["id"]),
        element("blockquote", words),
        verdict(report, asked),
        id=anchor,
        class_="question",
    )


def verdict(report: Report, asked: Mapping[str, Any]) -> Html:
    """What the statements on record say to a question: the verdict, then each item in its parts."""
    items = [_item(report, item) for item in asked["items"]]
    said = element("p", element("strong", _VERDICTS[asked["verdict"]]), class_=f"verdict {asked['verdict']}")
    return join([said, *_other_verdicts(report, asked), *items], "\n")


def _other_verdicts(report: Report, asked: Mapping[str, Any]) -> Iterable[Html]:
    for other in asked.get("otherwise", ()):
        ways = read_words(other["readings"], report.collection)
        yield element("p", f"If {ways}: {other['verdict']}.", class_="soft")


def _item(report: Report, item: Mapping[str, Any]) -> Html:
    parts = [(name, item["parts"][name]) for name in _PARTS if item["parts"].get(name)]
    rows = [
        part for name, found in parts for part in (element("dt", _PARTS[name]), element("dd", _part(report, found)))
    ]
    kept = None
    if item.get("both_can_be_kept") and item["parts"].get("contradictory"):
        kept = element("p", "Both can be kept all the same, by doing something else.", class_="soft")
    asked = "; ".join(f"{kind} {plain(about)}" for kind, about in item["ask"].items())
    return element(
        "div",
        element("p", element("strong", asked), f": {item['verdict']}"),
        element("dl", *rows, class_="facts"),
        kept,
        class_="item",
    )


def _part(report: Report, found: Mapping[str, Any]) -> Html:
    answers = listing(f"{plain(str(answer))}: {name}" for name, answer in found["answers"].items())
    ways = read_words(found["readings"], report.collection) if found["readings"] else ""
    example = situation_words(found["facts_that_matter"])
    return join(
        [
            element("p", f"Only if {ways}. " if ways else None, "Example: ", element("em", example), "."),
            answers,
            _norms([_reference(norm) for norm in found["norms"]]),
            _leans(found["leans_on"]),
        ],
        "\n",
    )


def _reference(norm: Mapping[str, Any]) -> NormReference:
    return NormReference(
        norm["norm"],
        norm["file"],
        norm["line"],
        norm["source"],
        norm.get("says"),
        norm.get("gist"),
        norm["source_line"],
    )


# Findings.


def _differs(found: Finding) -> str | None:
    """The label of a difference."""
    return str(found.details.get("difference", "other")) if found.kind == "difference" else None


def _findings(report: Report, level: int) -> Iterable[Html]:
    asked = "questions" in report.parts
    left = [found for found in report.findings if not (asked and found.kind.startswith("question-"))]
    for ident, title, folded, belongs in _GROUPS:
        chosen = [found for found in left if belongs(found)]
        left = [found for found in left if found not in chosen]
        if chosen:
            yield _group(report, ident, title, chosen, level, folded=folded)
    for severity, title in _SEVERITIES.items():
        chosen = [found for found in left if found.severity == severity]
        if chosen:
            yield _group(report, f"{severity}s", title, chosen, level, folded=severity == "note")


def _group(report: Report, ident: str, title: str, chosen: Sequence[Finding], level: int, *, folded: bool) -> Html:
    """Findings under one heading; ``folded`` are those that matter less, to be opened."""
    body = _grouped(report, chosen, level + 1)
    if folded:
        body = [element("details", element("summary", f"Show {count(len(chosen), 'finding')}"), *body)]
    return element("section", element(f"h{level}", f"{title} ({len(chosen)})"), *body, id=ident)


def _grouped(report: Report, chosen: Sequence[Finding], level: int) -> Iterable[Html]:
    """Findings one after the other; several about one norm or fact stand together under its words, said once."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for found in chosen:
        alone = found.facts_that_matter or found.case or len(found.norms) > 1 or "path" in found.details
        key = (found.id,) if alone else (Report.subject(found), found.norms)
        groups.setdefault(key, []).append(found)
    for group in groups.values():
        if len(group) == 1:
            yield _finding(report, group[0], level)
            continue
        parts = [
            element("section", element(f"h{level + 1}", plain(found.kind)), element("p", found.text), id=found.id)
            for found in group
        ]
        words = _norms(group[0].norms)
        heading = element(f"h{level}", Report.subject(group[0]))
        yield element("section", heading, words, *parts, class_="finding")


def _finding(report: Report, found: Finding, level: int) -> Html:
    """One finding: the sentence, the words side by side, the example case, what it leans on."""
    read = read_words(found.readings, report.collection) if found.readings else ""
    case = situation_words(found.facts_that_matter) if found.facts_that_matter else ""
    answers = [f"{name}: {plain(str(answer))}" for name, answer in found.answers.items()]
    place = None
    if not found.norms and found.place:
        place = element("p", str(found.place), class_="place")
    return element(
        "section",
        element(f"h{level}", report.subject(found), ": ", plain(found.kind)),
        element("p", found.text),
        element("p", f"Only if {read}.", class_="soft") if read else None,
        _norms(found.norms),
        place,
        element("p", "In any case where: ", element("strong", case), ".") if case else None,
        element("p", "In the case shown: ", "; ".join(answers), ".") if answers else None,
        element("p", "Done: ", ", ".join(found.conduct), ".") if found.conduct else None,
        _leans([lean.data() for lean in found.leans_on]),
        id=found.id,
        class_=f"finding {found.severity}",
    )


def _norms(norms: Sequence[NormReference]) -> Html | None:
    """Quotations side by side, each with its place in the files and in its source."""
    if not norms:
        return None
    return element("div", *(_quoted(norm) for norm in norms), class_="pair")


def _quoted(norm: NormReference) -> Html:
    if norm.gist is None:
        words: Child = element("blockquote", norm.says)
    else:
        words = element("p", element("strong", "Unverified paraphrase: "), norm.gist, class_="gist")
    line = f", line {norm.source_line}" if norm.source_line else ", text not held"
    return element("figure", words, element("figcaption", f"{norm.norm}, {norm.file}:{norm.line}; {norm.source}{line}"))


def _leans(leans: Iterable[Mapping[str, Any]]) -> Html | None:
    items = [join([element("strong", str(lean["kind"])), f": {lean['text']}"]) for lean in leans]
    if not items:
        return None
    return element("details", element("summary", f"Leans on {count(len(items), 'thing')}"), listing(items))


# Cases and coverage.


def _cases(report: Report, level: int) -> Html | None:
    parts: list[Child] = []
    matrix: Any = report.parts.get("matrix")
    if matrix:
        parts += _matrices(report, matrix)
    duties: Any = report.parts.get("duties")
    if duties is not None:
        body = [(each["act"], each["state"], each["by"], each["due"] or "no limit", _rests(each)) for each in duties]
        parts.append(table("Duties", ("Act", "State", "By", "Due", "Rests on"), body, "stack"))
    deviations: Any = report.parts.get("deviations")
    if deviations:
        rows = [(each["act"], each["kind"], each["date"] or "date not known", each["due"] or "") for each in deviations]
        parts.append(table("Deviations", ("Act", "Kind", "Date", "Due"), rows, "stack"))
    verdicts: Any = report.parts.get("verdicts")
    if verdicts:
        lines = [(each["norm"], each["verdict"], ", ".join(each["turns_on"] or ())) for each in verdicts]
        parts.append(table("Norm by norm", ("Norm", "Verdict", "Turns on"), lines, "stack"))
    if not parts:
        return None
    return element("section", element(f"h{level}", "Cases"), *parts, id="cases")


def _rests(duty: Mapping[str, Any]) -> str:
    rests = duty["rests_on"]
    return ", ".join(rests) if isinstance(rests, list | tuple) else str(rests)


def _matrices(report: Report, matrix: Mapping[str, Mapping[str, str]]) -> Iterable[Html]:
    """Statements and procedures against cases; constructed cases never beside real ones."""
    constructed = {case.case for case in report.collection.cases if case.constructed}
    every = list(dict.fromkeys(case for row in matrix.values() for case in row))
    for title, cases in (
        ("Statements and procedures against cases", [case for case in every if case not in constructed]),
        ("Constructed cases: none of these happened", [case for case in every if case in constructed]),
    ):
        if cases:
            body = [(row, *(cells.get(case, "") for case in cases)) for row, cells in matrix.items()]
            yield table(title, ("Statement or procedure", *cases), body, "stack")


def _coverage(report: Report, level: int) -> Html | None:
    sources: Any = report.parts.get("sources")
    if not sources:
        return None
    body = []
    for each in sources:
        states = Counter(sentence["state"] for sentence in each["sentences"])
        words = sum(sentence["words"] for sentence in each["sentences"])
        quoted = sum(sentence["quoted"] for sentence in each["sentences"])
        body.append(
            (
                each["source"],
                each["held_as"],
                str(len(each["sentences"])),
                *(str(states[state]) for state in ("whole", "part", "set aside", "unread")),
                f"{quoted} of {words}",
            )
        )
    header = ("Source", "Held as", "Sentences", "Whole", "In part", "Set aside", "Unread", "Words quoted")
    note = element("p", "Of a source held as excerpts this speaks of the excerpts alone.", class_="soft")
    caption = "How much of each source is encoded"
    return element(
        "section", element(f"h{level}", "Coverage"), table(caption, header, body, "stack"), note, id="coverage"
    )


def _limits(level: int) -> Html:
    return element("section", element(f"h{level}", "Limits of these findings"), listing(LIMITS), id="limits")
