"""Two versions of one statement, word by word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from answerable.publication.diff import BREAK, compare, side, words_of

words = st.lists(st.sampled_from(["the", "names", "are", "not", "given", "الأسماء", "stage;"]), max_size=40)
texts = st.lists(words.map(" ".join), max_size=4).map("\n\n".join)


@given(texts | st.text(), texts | st.text())
def test_the_runs_give_back_either_version_whole(a: str, b: str) -> None:
    runs = compare(a, b)
    assert [word for run in runs if run.where != "b" for word in run.words] == words_of(a)
    assert [word for run in runs if run.where != "a" for word in run.words] == words_of(b)


@given(texts, texts)
def test_the_sides_show_every_word_of_their_version_and_no_other(a: str, b: str) -> None:
    runs = compare(a, b)
    shown = [word for paragraph in side(runs, "a") for run in paragraph for word in run.words]
    assert shown == [word for word in words_of(a) if word != BREAK]
    assert all(run.where in ("both", "b") for paragraph in side(runs, "b") for run in paragraph)


@given(texts)
def test_a_text_does_not_differ_from_itself_however_it_is_spaced(text: str) -> None:
    assert all(run.where == "both" for run in compare(text, text.replace(" ", "  ")))


def test_letter_case_and_punctuation_are_differences() -> None:
    runs = compare("Names are given.", "names are given")
    assert [run.where for run in runs] == ["a", "b", "both", "a", "b"]
