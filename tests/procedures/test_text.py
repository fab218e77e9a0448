"""Quotations are found however they were typed, never inside a word; sentences end where a reader sees their end."""

from __future__ import annotations

import time

import pytest

from answerable.procedures.text import Span, find_pieces, find_quote, normalise, sentences, words


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("“a” and ‘b’ „c‟", '"a" and \'b\' "c"'),
        ("co\u00adoperate \ufeffnow\u200b", "cooperate now"),
        ("a \n\t\u00a0 b", "a b"),
        ("cafe\u0301", "café"),
        ("e\u00ad\u0301", "é"),
        ("\u1100\u1161\u11a8", "각"),
        ("A—b… C", "A—b… C"),
    ],
)
def test_the_normal_form(text: str, normal: str) -> None:
    assert normalise(text).text == normal


@pytest.mark.parametrize(
    ("pieces", "text", "found"),
    [
        (["one two three"], "Zero one  two\nthree four", "one  two\nthree"),
        (["“one two three”"], "x one two three", "one two three"),
        (["the Organization's practice"], "It is the Organization’s practice.", "the Organization’s practice"),
        (["one two", "four five"], "one two three four five six", "one two three four five"),
        (["four five", "one two"], "one two three four five six", None),
        (["one two", "two three"], "one two three", None),
        (["he report"], "the report", None),
        (["the repor"], "the report", None),
        (["the report"], "athe report; the report", "the report"),
        (["One two"], "one two", None),
        (["one - two"], "one – two", None),
        (["system."], "system.1", "system."),
        (["cafe"], "cafe\u0323", None),
        ([""], "anything", None),
        (["   "], "anything else", None),
    ],
)
def test_where_a_quotation_stands(pieces: list[str], text: str, found: str | None) -> None:
    span = find_quote(pieces, normalise(text))
    assert (text[slice(*span)] if span else None) == found


def test_each_piece_has_a_span_of_the_normal_form() -> None:
    block = normalise("He  said “yes” and then  “no”.")
    spans = find_pieces(["He said", "and then"], block)
    assert spans == (Span(0, 7), Span(14, 22))


def test_words_are_runs_with_a_letter_or_digit() -> None:
    assert words("a — b’s 12 … [x]") == 4


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two? Three! Four… Five", ["One.", "Two?", "Three!", "Four…", "Five"]),
        ("He wrote to Mr. Khare. It was late.", ["He wrote to Mr. Khare.", "It was late."]),
        ("See para. Nine. Done.", ["See para. Nine.", "Done."]),
        ("It ends.” “So” it does.", ["It ends.”", "“So” it does."]),
        ("not a judicial system.1 Ms. Connors spoke.", ["not a judicial system.1", "Ms. Connors spoke."]),
        ("Version 2.5 is out. yes", ["Version 2.5 is out. yes"]),
        ("One.\n\n(Two.) [Three.]", ["One.", "(Two.)", "[Three.]"]),
        ("  Padded.  ", ["Padded."]),
        ("As the Art. Five says. Yes.", ["As the Art. Five says.", "Yes."]),
        ("The U.N. Charter holds. Good.", ["The U.N. Charter holds.", "Good."]),
        ("Zzz. Abc went. Home.", ["Zzz. Abc went.", "Home."]),
        ("", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert [text[span.start : span.end] for span in sentences(text, ["Zzz."])] == found


def test_a_thousand_quotations_in_a_megabyte_take_under_a_second() -> None:
    parts = [f"sentence number {n} has its “own” words and nobody else’s" for n in range(19_000)]
    text = ".\n".join(parts)
    assert len(text) > 1_000_000
    begun = time.process_time()
    block = normalise(text)
    assert all(find_quote([parts[n * 19]], block) for n in range(1000))
    assert time.process_time() - begun < 0.9


def test_long_runs_of_marks_and_spaces_cost_no_more_than_others() -> None:
    begun = time.process_time()
    normalise("e" + "\u0301" * 20_000 + " " * 500_000 + "\u200b" * 200_000)
    sentences("." * 100_000 + "A")
    sentences("a. " * 100_000)
    assert time.process_time() - begun < 2
