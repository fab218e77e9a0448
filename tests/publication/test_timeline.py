"""The timeline's geometry and its drawing."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from answerable.publication.drawing import NARROW, WIDE, Layout, Words, draw
from answerable.publication.timeline import Bar, Chart, Dot, Lane, Scale

DAY = date(2017, 11, 22)
WORDS = Words("Title", "Description", "At full length", "22 November", "16 March", lambda day, _yearly: f"{day:%Y}")
days = st.integers(0, 4000).map(lambda count: DAY + timedelta(days=count))
names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40)


@st.composite
def charts(draw_: st.DrawFn) -> Chart:
    lanes = tuple(Lane(f"p{number}", draw_(names), "en") for number in range(draw_(st.integers(1, 4))))
    codes = st.sampled_from([lane.code for lane in lanes])
    dots = st.builds(Dot, names, days, codes, st.tuples(codes), st.just("letters/L1.html"), names)
    bars = st.builds(Bar, codes, days, st.none() | days, names, st.just("letters/L1.html"))
    return Chart(lanes, tuple(draw_(st.lists(dots, max_size=9))), tuple(draw_(st.lists(bars, max_size=9))), draw_(days))


@given(days, days, days)
def test_a_scale_keeps_the_order_of_days_and_stays_inside(first: date, last: date, day: date) -> None:
    scale = Scale(min(first, last), max(first, last), 10, 110)
    assert 10 <= scale.x(day) <= 110
    assert scale.x(day) <= scale.x(day + timedelta(days=1))


@given(days, days, st.integers(1, 12))
def test_there_are_never_more_ticks_than_wanted(first: date, last: date, wanted: int) -> None:
    first, last = min(first, last), max(first, last)
    ticks = Scale(first, last, 0, 1).ticks(wanted)
    assert len(ticks) <= wanted
    assert ticks == sorted(ticks)
    assert all(first <= tick <= last and tick.day == 1 for tick in ticks)


@given(charts(), st.sampled_from([WIDE, NARROW]), st.booleans())
def test_every_chart_is_drawn_as_well_formed_svg_with_all_its_dots_and_bars(
    chart: Chart, layout: Layout, rtl: bool
) -> None:
    drawn = ElementTree.fromstring(draw(chart, WORDS, layout, rtl=rtl))
    kinds = [element.get("class") for element in drawn.iter()]
    assert kinds.count("tl-dot") == len(chart.dots)
    assert kinds.count("tl-ended") == sum(bar.until is not None for bar in chart.bars)
    assert kinds.count("tl-runs") == len(chart.running) * (2 if chart.split and chart.running else 1)
    assert not any(name in element.attrib for element in drawn.iter() for name in ("style", "onclick", "fill"))


def test_a_bar_is_as_long_as_its_days() -> None:
    lane = Lane("p", "Office", "en")
    bars = (Bar("p", DAY, DAY + timedelta(days=20), "twenty", ""), Bar("p", DAY, DAY + timedelta(days=60), "sixty", ""))
    drawn = ElementTree.fromstring(draw(Chart((lane,), (), bars, DAY + timedelta(days=80)), WORDS, WIDE))
    short, long = (float(each.attrib["width"]) for each in drawn.iter("rect"))
    assert abs(long / short - 3) < 0.01


def test_silence_that_has_outgrown_the_letters_is_drawn_again_at_full_length() -> None:
    dots = (Dot("L1", DAY, "p", (), "", ""), Dot("L2", DAY + timedelta(days=100), "p", (), "", ""))
    bars = (Bar("p", DAY, None, "running", ""),)
    near = Chart((Lane("p", "P", "en"),), dots, bars, DAY + timedelta(days=120))
    far = Chart((Lane("p", "P", "en"),), dots, bars, DAY + timedelta(days=3000))
    assert not near.split
    assert far.split
    assert "At full length" not in draw(near, WORDS, WIDE)
    assert "At full length" in draw(far, WORDS, WIDE)


def test_right_to_left_the_earliest_day_is_on_the_right() -> None:
    dots = (Dot("L1", DAY, "p", (), "", ""), Dot("L2", DAY + timedelta(days=100), "p", (), "", ""))
    chart = Chart((Lane("p", "P", "ar"),), dots, (), DAY + timedelta(days=100))
    for rtl in (False, True):
        drawn = ElementTree.fromstring(draw(chart, WORDS, WIDE, rtl=rtl))
        first, second = (float(each.attrib["cx"]) for each in drawn.iter("circle"))
        assert (first > second) is rtl
