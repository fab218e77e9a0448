"""The search for words looks at data without its zeros first: it misses no form by that, and finds none that is not."""

from __future__ import annotations

import pytest

from tests.machine.forensics import Found, forms, search_data


@pytest.mark.parametrize("word", ["kingfisher seven", "مالك الحزين", "4711é ok", "a"])
def test_each_form_is_found_among_zeros_and_as_what_it_is(word: str) -> None:
    for form, name in forms(word).items():
        data = b"\0\0\0x\0" + form + b"\0\0y" + bytes(5_000)
        assert Found(word, name, "here") in search_data(data, [word, "absent"], "here"), name


def test_letters_that_only_lie_near_each_other_are_no_word() -> None:
    scattered = "\0\0".join("kingfisher").encode() + b"\0\0\0\0\0" + b"king\0fisher"
    assert list(search_data(scattered, ["kingfisher"], "here")) == []
