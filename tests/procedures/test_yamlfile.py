"""The strict part of YAML: what it reads, and that each thing it refuses gets one sentence with file and line."""

from __future__ import annotations

import time

import pytest

from answerable.procedures.errors import FileProblem, Place
from answerable.procedures.yamlfile import Listing, Node, Scalar, Table, load


def plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}


@pytest.mark.parametrize(
    ("data", "line", "says", "todo"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, "“a” is given twice, on line 1 and on line 3", "keep one"),
        (b"a: {x: 1,\n  x: 2}\n", 2, "“x” is given twice, on line 1 and on line 2", "keep one"),
        (b"a: 1\nb:\n", 2, "the value is empty", "not stated"),
        (b"a: 1\nb: ''\n", 2, "the value is empty", "not stated"),
        (b"a: 1\nb: ~\n", 2, "~ is not a value", "not stated"),
        (b"a: 1\nb: null\n", 2, "null is not a value", "not stated"),
        (b"- Null\n", 1, "Null is not a value", "not stated"),
        (b"a: true\n", 1, "true is not a value", "write yes or no"),
        (b"a: FALSE\n", 1, "FALSE is not a value", "write yes or no"),
        (b"a: 1\nb: !!int 2\n", 2, "a tag (!) is not allowed", "its field decides"),
        (b"a: 1\nb: ! x\n", 2, "a tag (!) is not allowed", "its field decides"),
        (b"a: 1\nb: &x 2\n", 2, "an anchor (&) is not allowed", "write the value out"),
        (b"a: 1\nb: *x\n", 2, "an alias (*) is not allowed", "write the value out"),
        (b"a: 1\nb: [&x [1]]\n", 2, "an anchor (&) is not allowed", "write the value out"),
        (b"a: 1\nb:\t2\n", 2, "a tab is not allowed", "write spaces"),
        (b"a: 'x\n\ty'\n", 2, "a tab is not allowed", "write spaces"),
        (b"a: 1\n---\nb: 2\n", 2, "a second document begins here", "one document"),
        (b"%YAML 1.1\n---\na: 1\n", 1, "a directive (%) is not allowed", "remove"),
        (b"? [a]\n: 1\n", 1, "a key must be plain text", None),
        (b"a: 1\nb: \xff\n", 2, "this is not UTF-8", "save the file as UTF-8"),
        (b"a: 1\nb: \x07\n", 2, "U+0007", "remove it"),
        (b'a: 1\nb: "\\e[2J"\n', 2, "U+001B", "remove it"),
        ("a: 1\u2028b: 2\n".encode(), 1, "U+2028 is not a line break", "line feed"),
        (b"a: 1\rb: 2\n", 1, "U+000D is not a line break", "line feed"),
        (b"a: 1\nb: [1, 2\n", 3, "this is not YAML", None),
        (b"a: b: c\n", 1, "this is not YAML", "quotation marks"),
        (b"a: @x\n", 1, "this is not YAML", "quotation marks"),
        (b"", 1, "the file is empty", None),
        (b"# nothing\n", 1, "the file is empty", None),
        (b"\n" + b"[" * 21 + b"x" + b"]" * 21, 2, "nested deeper than 20 levels", None),
        pytest.param(b"[" * 100_000, 1, "nested deeper than 20 levels", None, id="brackets"),
        pytest.param(b"{a: " * 100_000, 1, "nested deeper than 20 levels", None, id="braces"),
        pytest.param(b"a: " + b"x" * (1 << 20), 1, "at most 1,048,576 are read", "divide", id="1 MiB"),
        pytest.param(b"a: " + b"x" * 10_000_000, 1, "at most 1,048,576 are read", "divide", id="10 MB line"),
    ],
)
def test_a_refusal_names_file_and_line_and_says_what_to_write(
    data: bytes, line: int, says: str, todo: str | None
) -> None:
    with pytest.raises(FileProblem) as caught:
        load(data, "statements/x.yaml")
    assert caught.value.where == f"statements/x.yaml:{line}"
    assert says in caught.value.what
    assert todo is None or todo in (caught.value.todo or "")


def test_every_scalar_stays_what_was_typed() -> None:
    data = b'a: NO\nb: 12:30\nc: 2017-11-21\nd: 014\ne: 1e3\nf: "true"\ng: 0x1F\nh: y\nwith spaces: <<\n'
    assert plain(load(data, "x")) == {
        "a": "NO", "b": "12:30", "c": "2017-11-21", "d": "014", "e": "1e3", "f": "true", "g": "0x1F", "h": "y",
        "with spaces": "<<",
    }  # fmt: skip


def test_folded_texts_quotes_and_comments_are_yaml_as_anybody_knows_it() -> None:
    data = b"a: >-\n  one\n  two\nb: [x, 'y z']   # a comment\nc: |-\n  l1\n  l2\nd: {}\ne: []\n"
    assert plain(load(data, "x")) == {"a": "one two", "b": ["x", "y z"], "c": "l1\nl2", "d": {}, "e": []}


def test_a_byte_order_mark_at_the_start_and_windows_line_ends_are_read() -> None:
    node = load(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "x")
    assert plain(node) == {"a": "1", "b": "2"}


def test_every_node_knows_line_and_column() -> None:
    node = load(b"a: 1\nb:\n  - x\n  - {c: 'd'}\n", "f.yaml")
    assert isinstance(node, Table)
    (_, one), (second, listing) = node.entries
    assert isinstance(listing, Listing)
    assert (one.place, second.place) == (Place("f.yaml", 1, 4), Place("f.yaml", 2, 1))
    assert [item.place for item in listing.items] == [Place("f.yaml", 3, 5), Place("f.yaml", 4, 5)]


def test_twenty_levels_are_read() -> None:
    assert plain(load(b"[" * 20 + b"x" + b"]" * 20, "x"))


def test_what_is_refused_is_refused_early() -> None:
    begun = time.process_time()
    for data in (b"[" * 1_000_000, b"x" * 10_000_000, b"{a: " * 250_000, b"a: " + b'"' * 1_000_000):
        with pytest.raises(FileProblem):
            load(data, "x")
    assert time.process_time() - begun < 2
