"""What must hold of every event, every key and every opening."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.errors import AnswerableError
from answerable.record import canonical, commit, kinds
from answerable.record.commit import check_opening, full_opening, open_entry, opening, seal
from answerable.record.errors import CommitmentError, KindError
from tests.properties.events import open_events, sealed_events

keys = st.binary(min_size=32, max_size=32)


@given(open_events)
def test_an_open_entry_is_read_as_it_was_written(event: dict[str, Any]) -> None:
    assert kinds.check_open(kinds.encode_open(event)) == event


@given(sealed_events, keys, st.data())
def test_an_opening_shows_what_was_sealed_and_only_that(event: dict[str, Any], key: bytes, data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(event))))
    entry = seal(event, key)
    opened = check_opening(entry, opening(event, key, names))
    assert opened.fields == {name: event[name] for name in {"kind", *names}}
    assert opened.full is (opened.fields == event)
    assert check_opening(entry, full_opening(event, key)).fields == event


@given(sealed_events, keys, st.data())
def test_any_bit_of_entry_or_opening_changed_is_refused(event: dict[str, Any], key: bytes, data: st.DataObject) -> None:
    entry = seal(event, key)
    shown = data.draw(
        st.sampled_from([opening(event, key, ["v"]), opening(event, key, event), full_opening(event, key)])
    )
    place = data.draw(st.integers(0, 8 * (len(entry) + len(shown)) - 1))
    both = bytearray(entry + shown)
    both[place // 8] ^= 1 << place % 8
    with pytest.raises(AnswerableError):
        check_opening(bytes(both[: len(entry)]), bytes(both[len(entry) :]))


@given(sealed_events, keys, st.data())
def test_one_name_one_place(event: dict[str, Any], key: bytes, data: st.DataObject) -> None:
    """Whatever is shown twice, under whatever value and salt, is refused."""
    names = data.draw(st.sets(st.sampled_from(sorted(event))))
    value = canonical.decode(opening(event, key, names))
    assert isinstance(value, dict)
    shows = value["open"]
    assert isinstance(shows, list)
    again = data.draw(st.sampled_from(shows))
    assert isinstance(again, list)
    other = [again[0], data.draw(st.sampled_from([again[1], event["kind"], None, 0])), again[2]]
    shows.insert(data.draw(st.integers(0, len(shows))), other)
    with pytest.raises((CommitmentError, KindError)):
        open_entry(canonical.encode(value))


@given(sealed_events, keys, keys)
def test_another_key_seals_another_entry(event: dict[str, Any], one: bytes, other: bytes) -> None:
    assert (seal(event, one) == seal(event, other)) is (one == other)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_an_error_of_ours(data: bytes) -> None:
    for act in (lambda: kinds.check_open(data), lambda: open_entry(data), lambda: check_opening(bytes(33), data)):
        with pytest.raises(AnswerableError) as caught:
            act()
        assert caught.value.exit_code == 2


_words = st.text(max_size=20).filter(lambda text: text.isprintable())
_json: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        _words,
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_words, inner, max_size=4),
    max_leaves=8,
)


@given(_json)
def test_any_json_is_an_error_of_ours(value: Any) -> None:
    shapes: tuple[Any, ...] = (
        value,
        {"digests": value, "open": value, "v": 1},
        {"digests": ["0" * 64], "open": [["kind", value, "0" * 64]], "v": 1},
        {"digests": ["0" * 64], "open": [value], "v": 1},
        {"event": value, "key": "0" * 64, "v": 1},
    )
    for shape in shapes:
        with pytest.raises(AnswerableError):
            open_entry(canonical.encode(shape))


@given(sealed_events, st.data())
@settings(max_examples=200)
def test_any_value_in_any_member_is_checked_or_an_error_of_ours(event: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(event)))
    event[name] = data.draw(_json)
    try:
        checked = kinds.check_sealed(event)
    except KindError as error:
        said = str(error)
    else:
        said = "nothing"
        assert checked == event
    assert len(said) < 1_000


@given(keys, st.integers(0, 2**53 - 1), st.integers(0, 2**32 - 1))
def test_a_pad_is_the_sealed_event_it_says(key: bytes, tick: int, ordinal: int) -> None:
    pad: dict[str, Any] = {"v": 1, "kind": "pad", "tick": tick, "ordinal": ordinal}
    entry = commit.pad_entry(key, tick, ordinal)
    assert entry == seal(pad, commit.pad_key(key, tick, ordinal))
    assert check_opening(entry, full_opening(pad, commit.pad_key(key, tick, ordinal))).fields == pad
