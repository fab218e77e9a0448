"""Properties of a collection's files: parsing inverts printing, and whatever the bytes, the answer is ours."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from hypothesis import example, given
from hypothesis import strategies as st

from answerable.procedures import condition as conditions
from answerable.procedures import limit as limits
from answerable.procedures.condition import ALWAYS, And, Condition, Not, Or, Test, evaluate, kleene
from answerable.procedures.domain import Value
from answerable.procedures.errors import FileProblem, Place, ProceduresError
from answerable.procedures.text import find_pieces, normalise, quoted, sentences
from answerable.procedures.yamlfile import Node, load
from tests.procedures.making import BASE, collection

HERE = Place("x.yaml", 1)
VOCABULARY = collection().vocabulary
T = TypeVar("T")


def attempt(read: Callable[[], T]) -> T | ProceduresError:
    """What ``read`` gives, or the error of ours that it raises."""
    try:
        return read()
    except ProceduresError as error:
        return error


DOMAINS: dict[str, st.SearchStrategy[Value]] = {
    "credible": st.sampled_from(["yes", "no"]),
    "grade": st.sampled_from(["low", "middle", "high"]),
    "children": st.integers(0, 9),
    "share": st.integers(0, 100),
    "since": st.dates(date(2000, 1, 1), date(2049, 12, 31)),
}
CASES = st.fixed_dictionaries(DOMAINS)


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    fact = draw(st.sampled_from(sorted(DOMAINS)))
    ordered = VOCABULARY.facts[fact].domain.ordered
    op = draw(st.sampled_from(["=", "!=", "in", *(["<", "<=", ">", ">="] if ordered else [])]))
    if op == "in":
        return Test(fact, "in", tuple(draw(st.lists(DOMAINS[fact], min_size=1, max_size=3, unique=True))))
    return Test(fact, op, (draw(DOMAINS[fact]),))


LEAVES = st.just(ALWAYS) | st.just(Test("credible", "is", ("yes",))) | comparisons()
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=12,
)


@given(TREES)
def test_parsing_inverts_printing(tree: Condition) -> None:
    assert conditions.parse(conditions.print_(tree, VOCABULARY), VOCABULARY, HERE) == tree


@given(TREES, CASES, st.sets(st.sampled_from(sorted(DOMAINS))))
def test_what_partial_knowledge_says_is_so(tree: Condition, case: dict[str, Value], unknown: set[str]) -> None:
    partial = {fact: value for fact, value in case.items() if fact not in unknown}
    assert kleene(tree, case) is evaluate(tree, case)
    assert kleene(tree, partial) in (None, evaluate(tree, case))


@given(st.text("credibl grade=!<>()[],0129-.notandorinalways \n&é", max_size=60) | st.text(max_size=60))
def test_any_text_is_a_condition_or_an_error_with_its_place(text: str) -> None:
    read = attempt(lambda: conditions.parse(text, VOCABULARY, HERE))
    if isinstance(read, ProceduresError):
        assert read.where == "x.yaml:1"
        assert "column" in read.what
    else:
        assert conditions.parse(conditions.print_(read, VOCABULARY), VOCABULARY, HERE) == read


UNITS = st.sampled_from(["hours", "days", "working days", "weeks", "months", "years"])
LIMITS = st.builds(
    limits.Limit, st.integers(0, 999_999), UNITS, st.none() | st.just("receive report"), st.booleans()
) | st.builds(
    limits.Limit, word=st.sampled_from(["not stated", "not checked", "without delay", "immediately"])
)  # fmt: skip


@given(LIMITS)
def test_a_limit_reads_back_as_it_was_printed(limit: limits.Limit) -> None:
    assert limits.parse(str(limit), HERE) == limit


@given(LIMITS, LIMITS, LIMITS)
def test_comparing_limits_is_an_order_where_it_compares(a: limits.Limit, b: limits.Limit, c: limits.Limit) -> None:
    turned = {"less": "more", "more": "less"}
    assert limits.compare(b, a) == turned.get(limits.compare(a, b), limits.compare(a, b))
    if limits.compare(a, b) == limits.compare(b, c) != "not comparable":
        assert limits.compare(a, c) == limits.compare(a, b)


@given(st.text(max_size=80))
def test_any_text_is_a_limit_or_an_error_with_its_place(text: str) -> None:
    read = attempt(lambda: limits.parse(text, HERE))
    if isinstance(read, ProceduresError):
        assert read.where == "x.yaml:1"
    else:
        assert limits.parse(str(read), HERE) == read


YAML = st.text("ab :#-\n'\"|>[]{},&*!?%@`~\t\\0123", max_size=60)


@given(st.binary(max_size=200) | YAML.map(str.encode) | st.text(max_size=100).map(lambda t: t.encode()))
@example(b"{A")
@example(b"{")
def test_any_bytes_are_nodes_or_a_problem_with_a_line_of_the_file(data: bytes) -> None:
    read = attempt(lambda: load(data, "x.yaml"))
    lines = data.count(b"\n") + 1
    if isinstance(read, ProceduresError):
        assert isinstance(read, FileProblem)
        assert read.place is not None
        assert read.place.file == "x.yaml"
        assert 1 <= read.place.line <= lines
    else:
        _check_places(read, lines)


def _check_places(node: Node, lines: int) -> None:
    assert 1 <= node.place.line <= lines
    assert node.place.column >= 1
    for child in getattr(node, "items", ()):
        _check_places(child, lines)
    for key, value in getattr(node, "entries", ()):
        _check_places(key, lines)
        _check_places(value, lines)


@given(st.sampled_from(sorted(BASE)), st.data())
def test_a_collection_with_any_damage_loads_or_says_where_it_is_damaged(name: str, data: st.DataObject) -> None:
    content = BASE[name].encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 30)))
    new = data.draw(st.binary(max_size=12) | YAML.map(str.encode))
    one = collection({name: content[:start] + new + content[end:]})
    for problem in one.problems:
        assert problem.place is not None
        assert problem.place.line >= 1
        assert "\n" not in str(problem)


TEXTS = st.text(
    st.sampled_from("aé e\u0301\u00ad\u200b“”‘’\"' \n\u00a0\u1100\u1161\u11a8각\u0323.Z—…\u2019") | st.characters(),
    max_size=60,
)


@given(TEXTS)
def test_normalising_is_nfc_and_done_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once.text).text == once.text
    assert unicodedata.is_normalized("NFC", once.text)
    assert len(once.offsets) == len(once.text) + 1
    assert list(once.offsets) == sorted(once.offsets)
    assert once.offsets[-1] == len(text)


@given(TEXTS)
def test_the_normal_form_is_that_of_the_whole_text_at_once(text: str) -> None:
    kept = "".join(character for character in text if character not in "\u00ad\ufeff\u200b")
    whole = unicodedata.normalize("NFC", kept)
    straight = whole.translate({ord(mark): "'" for mark in "‘’‚‛"} | {ord(mark): '"' for mark in "“”„‟"})
    spaced = "".join(" " if character.isspace() else character for character in straight)
    while "  " in spaced:
        spaced = spaced.replace("  ", " ")
    assert normalise(text).text == spaced


@given(TEXTS, st.data())
def test_what_is_cut_out_between_words_is_found_again(text: str, data: st.DataObject) -> None:
    block = normalise(f"Before {text} after.")
    start = data.draw(st.integers(0, len(block.text)))
    end = data.draw(st.integers(start, len(block.text)))
    piece = quoted(block.text[start:end])
    spans = find_pieces([piece], block)
    if spans:
        (span,) = spans
        assert block.text[span.start : span.end] == piece
    elif piece and (at := block.text.find(piece)) >= 0:
        edges = block.text[max(at - 1, 0) : at + 1] + "|" + block.text[at + len(piece) - 1 : at + len(piece) + 1]
        assert any(character.isalnum() or unicodedata.category(character)[0] == "M" for character in edges)


@given(TEXTS)
def test_sentences_cover_all_but_the_space_between_them(text: str) -> None:
    position = 0
    for span in sentences(text):
        assert not text[position : span.start].strip()
        assert span.start < span.end
        position = span.end
    assert not text[position:].strip()
