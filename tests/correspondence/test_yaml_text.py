"""Strict YAML: what it reads, what it refuses and where, and that writing is canonical."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from answerable.correspondence import yaml_text
from answerable.correspondence.errors import CorrespondenceError
from answerable.errors import AnswerableError

text = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.text("ab :#-\n'\"|>[]{},&*!?%@`\t\\", max_size=40),
    st.text("word é, ", max_size=400),
)
values = st.recursive(
    text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text.filter(lambda t: len(t) < 90), inner, max_size=4),
    max_leaves=12,
)


def plain(node: yaml_text.Node) -> yaml_text.Value:
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


@given(values)
@example("x\n")
@example("x\n\n")
@example({"a": ["", " ", "\n", "- x", "a: b", "a #b", "'", '"', "x:", "---", "...", "a\u0085b", "NO", "12:30"]})
@settings(max_examples=400, deadline=None)
def test_reading_what_was_written_gives_it_back(value: yaml_text.Value) -> None:
    written = yaml_text.dump(value)
    again = plain(yaml_text.load(written, "x.yaml"))
    assert again == value
    assert yaml_text.dump(again) == written


@given(st.one_of(st.binary(max_size=200), text.map(lambda t: t.encode())))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_place(data: bytes) -> None:
    assert place_of_refusal(data).startswith("x.yaml:")


def place_of_refusal(data: bytes) -> str:
    try:
        yaml_text.load(data, "x.yaml")
    except AnswerableError as error:
        return error.where or ""
    return "x.yaml:0"


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"a: 1\nb: &x 2\n", 2, "anchor"),
        (b"a: 1\nb: *x\n", 2, "alias"),
        (b"a: 1\n\nb: !!int 2\n", 3, "tag"),
        (b"a: 1\nb: 2\na: 3\n", 3, "twice"),
        (b"a: 1\n---\nb: 2\n", 2, "second document"),
        (b"a: 1\nb:\n", 2, "missing"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        (b"a: 1\nb: \x07\n", 2, "U+0007"),
        (b"a: 1\nb: [1, 2\n", 3, "not YAML"),
        (b"a:\n" + b"  [" * 60 + b"]" * 60 + b"\n", 2, "nested deeper"),
        (b"a: 1\nb: " + b"x" * 1_000_001, 2, "at most"),
        (b"", 1, "empty"),
    ],
)
def test_a_refusal_names_the_line(data: bytes, line: int, says: str) -> None:
    with pytest.raises(CorrespondenceError) as caught:
        yaml_text.load(data, "letters/L1.yaml")
    assert caught.value.where == f"letters/L1.yaml:{line}"
    assert says in caught.value.what


def test_what_other_readers_take_for_dates_and_truth_stays_text() -> None:
    node = yaml_text.load(b"dated: 2017-12-01\ncountry: NO\ntime: 12:30\nnull: ~\n", "x")
    assert plain(node) == {"dated": "2017-12-01", "country": "NO", "time": "12:30", "null": "~"}


def test_any_other_yaml_reader_sees_the_same_text_in_long_values() -> None:
    import yaml

    value: dict[str, yaml_text.Value] = {"summary": "One sentence after another. " * 12 + "End.", "asks": ["L1", "L2"]}
    assert yaml.safe_load(yaml_text.dump(value)) == value


def test_a_file_of_countless_values_is_refused_early() -> None:
    started = time.monotonic()
    with pytest.raises(CorrespondenceError, match="more than 100000 values"):
        yaml_text.load(b"- a\n" * 3_000_000, "f.yaml")
    assert time.monotonic() - started < 60, "refused at the limit, not after reading all of it"
