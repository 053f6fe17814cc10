"""Charts: static, equal bytes for equal numbers, inert text, and the page's own colours."""

import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from crmclean.reports.charts import drawn
from crmclean.reports.section import Chart


def parsed(svg):
    return ElementTree.fromstring(svg)  # noqa: S314  our own


TEXTS = st.text(max_size=30)


def chart(labels=("phones", "emails"), values=(3, 1)):
    return Chart(
        "Cells", tuple(labels), {"right": ("imported", list(values)), "wrong": ("rejected", [1] * len(values))}
    )


def rectangles(svg):
    return [node for node in parsed(svg).iter() if node.tag.endswith("rect") and "reactive" in node.get("class", "")]


def test_a_bar_stands_for_every_number():
    assert len(rectangles(drawn(chart(), "s1"))) == 4


def test_equal_numbers_give_equal_bytes_and_no_clock():
    svg = drawn(chart(), "s1")
    assert svg == drawn(chart(), "s1")
    assert "Generated" not in svg


@given(TEXTS, TEXTS)
def test_text_from_the_data_stays_text(label, other):
    svg = drawn(chart(labels=(f"<script>{label}", other)), "s1")
    root = parsed(svg)
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert root.get("role") == "img"


def test_colours_follow_the_page():
    svg = drawn(chart(), "s1")
    assert "var(--imported)" in svg
    assert "var(--rejected)" in svg


def test_many_bars_make_a_higher_picture_not_a_denser_one():
    low, high = (parsed(drawn(chart(["x"] * count, [1] * count), "s")) for count in (2, 12))
    heights = [int(root.get("viewBox").split()[3]) for root in (low, high)]
    assert heights[1] - heights[0] == 260
