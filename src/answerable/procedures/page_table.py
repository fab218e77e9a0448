"""The table of officials against situations as HTML, and the drawing of the smallest case in which two of them part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from answerable.procedures.collection import Collection
from answerable.procedures.markup import Child, Html, element, join, listing
from answerable.procedures.norm import Norm
from answerable.procedures.situations import Cell, Meeting, MeetingKind, Said, Situation, Table
from answerable.procedures.statement import Statement
from answerable.procedures.words import all_of, count

#: Signs beside the words of a cell. They say nothing that the words don't.
_SIGNS = {"must": "➜", "must not": "✕", "may": "○", "alone": "◆"}


def plain(name: str) -> str:
    """A name of the files in words: ``refer to host_state`` as *refer to host state*."""
    return name.replace("_", " ")


def speaker(statement: Statement) -> str:
    """Who speaks, without the office: what stands before the first comma."""
    return statement.by.partition(",")[0]


def situation_words(facts: Mapping[str, str]) -> str:
    """A situation in a few words: each fact with its value."""
    return "; ".join(f"{plain(name)}: {plain(value)}" for name, value in facts.items()) or "any case"


def read_words(readings: Mapping[str, str], collection: Collection) -> str:
    """Which ways of reading something takes, each with who spoke: *if Ms. X is read “…”*."""
    speakers = {norm.full: speaker(one) for one in collection.statements for norm in one.norms}
    return all_of([f"{speakers.get(norm, norm)} is read “{reading}”" for norm, reading in readings.items()])


def overview(collection: Collection, tables: Sequence[Table], level: int = 2) -> Html | None:
    """The table that matters most, with the smallest cases in which two statements part; the others folded below."""
    if not tables:
        return None
    first, *others = tables
    rest = [
        element(
            "details",
            element("summary", f"The same for: {plain(each.kind)} ({count(len(each.situations), 'situation')})"),
            _table(collection, each),
        )
        for each in others
    ]
    return element(
        "section",
        element(f"h{level}", "Who says what, in which situation"),
        _lead(collection, first),
        _table(collection, first),
        *_smallest(collection, first, level + 1),
        join(rest, "\n"),
        class_="overview",
        id="situations",
    )


def _lead(collection: Collection, table: Table) -> Html:
    """The table in a sentence or three."""
    speakers = {one.name: speaker(one) for one in collection.statements}
    sentences = [
        f"{count(len(table.statements), 'statement')} on record "
        f"{'speak' if len(table.statements) > 1 else 'speaks'} of {plain(table.kind)}: "
        f"{all_of([speakers[name] for name in table.statements])}."
    ]
    apart = [one for one in table.situations if one.meetings]
    silent = [one for one in table.situations if all(cell.silent for cell in one.cells)]
    if apart:
        sentences.append("In some situations they send the same file to different places, or cannot both be followed.")
    if silent:
        sentences.append("In others nobody says anything at all.")
    sentences.append("Open a cell to read the words it stands on.")
    return element("p", " ".join(sentences), class_="lead")


def _table(collection: Collection, table: Table) -> Html:
    statements = {one.name: one for one in collection.statements}
    head = [element("th", "Situation", scope="col")]
    head += [
        element("th", speaker(statements[name]), element("span", _office(statements[name]), class_="soft"), scope="col")
        for name in table.statements
    ]
    head.append(element("th", "Taken together", scope="col"))
    body = [_row(collection, one, statements) for one in table.situations]
    caption = element("caption", f"What each says about {plain(table.kind)}: {all_of(_acts(collection, table.kind))}")
    foot = None
    if table.others:
        names = all_of([speaker(statements[name]) for name in table.others])
        foot = element("p", f"Nothing on this: {names}.", class_="soft")
    return join(
        [
            element(
                "div",
                element(
                    "table",
                    caption,
                    element("thead", element("tr", *head)),
                    element("tbody", join(body, "\n")),
                    class_="situations",
                ),
                class_="scroll",
                tabindex=0,
                role="region",
                aria_label=f"Table: {plain(table.kind)}",
            ),
            foot,
        ],
        "\n",
    )


def _office(statement: Statement) -> str:
    """What stands after the name: the office, and the day of the words."""
    office = statement.by.partition(",")[2].strip()
    return ", ".join(part for part in (office, f"{statement.kind} of {statement.on}") if part)


def _acts(collection: Collection, kind: str) -> list[str]:
    return [plain(act) for act in collection.vocabulary.kinds[kind].acts]


def _row(collection: Collection, situation: Situation, statements: Mapping[str, Statement]) -> Html:
    facts = listing((f"{plain(name)}: {plain(value)}" for name, value in situation.facts.items()), "ways")
    cells = [element("th", facts or "any case", scope="row")]
    for cell in situation.cells:
        name = speaker(statements[cell.statement])
        cells.append(element("td", _cell(collection, cell), class_=_class(cell), data_label=name))
    cells.append(
        element("td", _together(collection, situation, statements), class_="together", data_label="Taken together")
    )
    return element("tr", *cells, class_="parts" if situation.meetings else None)


def _class(cell: Cell) -> str:
    """The look of a cell: its verb, where it has but one."""
    verbs = {said.verb for _, every in cell.ways for said in every}
    if len(cell.ways) > 1:
        return "depends"
    return next(iter(verbs)).replace(" ", "-") if len(verbs) == 1 else "silent" if not verbs else "several"


def _cell(collection: Collection, cell: Cell) -> Html:
    if len(cell.ways) == 1:
        return _said(collection, cell.ways[0][1])
    items = []
    for readings, every in cell.ways:
        name = all_of([f"“{reading}”" for reading in readings.values()])
        items.append(join([element("span", f"If read {name}: ", class_="soft"), _said(collection, every)]))
    return listing(items, "ways") or Html("")


def _said(collection: Collection, every: Sequence[Said]) -> Html:
    if not every:
        return element("span", "says nothing", class_="soft")
    return join([_one(collection, said) for said in every], "\n")


def _one(collection: Collection, said: Said) -> Html:
    return element(
        "details",
        element(
            "summary", element("span", _SIGNS[said.verb], class_="sign", aria_hidden="true"), " ", said_words(said)
        ),
        norm_quote(collection, said.norm),
        class_=said.verb.replace(" ", "-"),
    )


def said_words(said: Said) -> str:
    """What one norm says: *must refer to host state or refer to nationality state*."""
    acts = [plain(act) for act in said.acts]
    if said.verb == "alone":
        return f"{plain(said.who or '')} alone may {all_of(acts)}"
    if said.verb == "must not":
        return f"must not {', nor '.join(acts)}"
    return f"{said.verb} {' or '.join(acts)}"


def norm_quote(collection: Collection, norm: Norm) -> Html:
    """The words of a norm, where they stand, and in whose account."""
    statement = next(one for one in collection.statements if norm in one.norms)
    source = collection.sources[statement.source]
    where = f"{norm.full}, {norm.words.file}:{norm.words.line}"
    if norm.says is not None:
        words: Child = element("blockquote", " … ".join(norm.says))
        place = f"{source.title}" + (f", {source.file}:{norm.source_line}" if norm.source_line else "")
        account = f"; as quoted by {statement.quoted_by}" if statement.quoted_by else ""
    else:
        words = element("p", element("strong", "Unverified paraphrase: "), norm.gist, class_="gist")
        place, account = f"{source.title}, text not held; known from: {source.known_from}", ""
    return element("figure", words, element("figcaption", f"{where}. {place}{account}."))


def _together(collection: Collection, situation: Situation, statements: Mapping[str, Statement]) -> Html:
    names = {name: speaker(one) for name, one in statements.items()}
    speaking = [names[cell.statement] for cell in situation.cells if not cell.silent]
    if not speaking:
        return element("strong", "Nobody says anything.")
    items = [_meeting(collection, each, names) for each in situation.meetings]
    if not items:
        if len(speaking) == 1:
            return element("span", f"Only {speaking[0]} says anything.")
        return element("span", "All that is said can be followed.")
    return listing(items, "ways") or Html("")


def _meeting(collection: Collection, each: Meeting, names: Mapping[str, str]) -> Html:
    pair = f"{names[each.first]} and {names[each.second]}"
    read = f", if {read_words(each.readings, collection)}" if each.readings else ""
    if each.kind == "contradictory":
        return join([element("strong", "Cannot both be followed: "), f"{pair}{read}."])
    return join([element("strong", "Different places: "), f"{pair}{read}. {_common(each)}".rstrip()])


def _common(each: Meeting) -> str:
    """By what both are kept all the same, as a sentence; empty where nothing is known to."""
    return f"Both are kept by: {' or '.join(map(plain, each.common))}." if each.common else ""


_SMALLEST: Mapping[MeetingKind, str] = {
    "apart": "The smallest case in which two of them send the same file to different places",
    "contradictory": "The smallest case in which two of them cannot both be followed",
}


def _smallest(collection: Collection, table: Table, level: int) -> Sequence[Html]:
    """The smallest case in which two part, and the smallest in which two cannot both be followed."""
    return [_drawn(collection, table.kind, pair, _SMALLEST[pair[1].kind], level) for pair in table.smallest]


def _drawn(collection: Collection, kind: str, smallest: tuple[Situation, Meeting], title: str, level: int) -> Html:
    situation, meeting = smallest
    statements = {one.name: one for one in collection.statements}
    sides = []
    for name in (meeting.first, meeting.second):
        cell = next(cell for cell in situation.cells if cell.statement == name)
        said = next(
            (said for ways, said in cell.ways if all(meeting.readings.get(key) == word for key, word in ways.items())),
            (),
        )
        sides.append((speaker(statements[name]), said))
    read = read_words(meeting.readings, collection) if meeting.readings else ""
    case = situation_words(situation.facts)
    return element(
        "section",
        element(f"h{level}", title),
        element(
            "p",
            "Any case where: ",
            element("strong", case),
            f" (only if {read})." if read else ".",
            f" {_common(meeting)}".rstrip(),
        ),
        _drawing([plain(act) for act in collection.vocabulary.kinds[kind].acts], collection, kind, sides),
        element(
            "div",
            *(
                element(
                    "div",
                    element("p", element("strong", name), *_sayings(said)),
                    *(norm_quote(collection, each) for each in dict.fromkeys(one.norm for one in said)),
                )
                for name, said in sides
            ),
            class_="pair",
        ),
        class_="smallest",
    )


def _sayings(every: Sequence[Said]) -> Sequence[str]:
    return [": " + "; ".join(said_words(said) for said in every)]


def _drawing(
    stops: Sequence[str], collection: Collection, kind: str, sides: Sequence[tuple[str, Sequence[Said]]]
) -> Html:
    """The file on the left, where it can go on the right, a line for each way that one of them leaves open or bars."""
    acts = collection.vocabulary.kinds[kind].acts
    step, left, right, width = 76, 92, 208, 360
    height = step * max(len(stops), 2) + 8
    middle = height / 2
    shapes = [
        element("rect", class_="file", x=4, y=f"{middle - 26:g}", width=left - 8, height=52, rx=6),
        element("text", "the same", x=left // 2, y=f"{middle - 3:g}", text_anchor="middle"),
        element("text", "file", x=left // 2, y=f"{middle + 13:g}", text_anchor="middle"),
    ]
    for number, stop in enumerate(stops):
        y = 4 + step * number + (step - 16) / 2
        shapes.append(
            element("rect", class_="stop", x=right, y=f"{y - 24:g}", width=width - right - 4, height=48, rx=6)
        )
        lines = _broken(stop, 20)
        for place, line in enumerate(lines):
            at = y + 4 + 14 * (place - (len(lines) - 1) / 2)
            shapes.append(element("text", line, x=right + 10, y=f"{at:g}"))
        for side, (_, every) in enumerate(sides):
            if (verb := _verb(every, acts[number])) is not None:
                shapes += _line(left, middle + (side * 2 - 1) * 9, right, y + (side * 2 - 1) * 9, side, verb)
    title = " ".join(
        f"{name}: {'; '.join(said_words(said) for said in every) or 'says nothing'}." for name, every in sides
    )
    key = listing(
        (
            join([element("span", class_=f"key-{'ab'[side]}", aria_hidden="true"), name])
            for side, (name, _) in enumerate(sides)
        ),
        "key",
    )
    picture = element(
        "svg", element("title", title), *shapes, class_="ways-drawn", viewBox=f"0 0 {width} {height}", role="img"
    )
    return element("div", picture, key, class_="drawn")


def _verb(every: Sequence[Said], act: str) -> str | None:
    verbs = [said.verb for said in every if act in said.acts]
    return verbs[0] if verbs else None


def _line(x1: float, y1: float, x2: float, y2: float, side: int, verb: str) -> list[Html]:
    shape = [
        element(
            "path",
            class_=f"way-{'ab'[side]}",
            d=f"M{x1:g} {y1:g}C{(x1 + x2) / 2:g} {y1:g} {(x1 + x2) / 2:g} {y2:g} {x2 - 8:g} {y2:g}",
        )
    ]
    tip = x2 - 8
    if verb == "must not":
        shape.append(element("path", class_=f"bar-{'ab'[side]}", d=f"M{tip - 6:g} {y2 - 6:g}l12 12m0 -12l-12 12"))
    else:
        shape.append(element("path", class_=f"bar-{'ab'[side]}", d=f"M{tip - 7:g} {y2 - 5:g}l7 5l-7 5"))
    return shape


def _broken(words: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines[:3]
