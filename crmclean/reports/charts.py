"""Bars as static SVG, drawn by pygal; colours are the page's own, so that they follow light and dark.

Drawn for a width of 380 px and never scaled down on a phone; the numbers stand in a table beside each chart.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from markupsafe import Markup
from pygal import HorizontalStackedBar
from pygal.style import Style

from crmclean.reports.section import Chart
from crmclean.reports.wording import plain

# pygal leaves a finder for its plug-ins behind that Python 3.11 warns about at every later import.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]

_WIDTH, _ROW, _FRAME = 380, 26, 52  # px: of the chart, of one bar, of axis and margins
_LONGEST = 22  # letters of a label
_SVG = "http://www.w3.org/2000/svg"
_NOT_SHOWN, _HOOKS = ("script", "desc"), ("tooltip", "tooltip-overlay")  # what pygal's own script would use


def drawn(chart: Chart, name: str) -> Markup:
    """Return inline SVG whose ids start with `name`; equal charts give equal bytes."""
    bars = HorizontalStackedBar(
        style=_style([colour for colour, _ in chart.series.values()]),
        width=_WIDTH,
        height=_FRAME + _ROW * len(chart.labels),
        margin=6,
        spacing=6,
        js=[],
        show_legend=False,
        show_x_guides=False,
        show_y_guides=True,
        max_scale=4,
        min_scale=2,
        truncate_label=_LONGEST,
        disable_xml_declaration=True,
        value_formatter=lambda value: f"{value:,.0f}",
    )
    bars.uuid = name
    bars.x_labels = [plain(label) for label in reversed(chart.labels)]
    for title, (_, values) in chart.series.items():
        bars.add(title, list(reversed(values)))
    return Markup(_cleaned(str(bars.render()), chart))  # noqa: S704  pygal escapes every text


def _style(colours: Sequence[str]) -> Style:
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--ink)",
        foreground_strong="var(--ink)",
        foreground_subtle="var(--line)",
        opacity="1",
        opacity_hover="1",
        transition="0s",
        guide_stroke_color="var(--line)",
        major_guide_stroke_color="var(--line)",
        guide_stroke_dasharray="1,0",
        major_guide_stroke_dasharray="1,0",
        colors=tuple(f"var(--{colour})" for colour in colours),
        font_family="inherit",
        label_font_size=11,
        major_label_font_size=11,
    )


def _cleaned(svg: str, chart: Chart) -> str:
    """Take scripts, hooks and pygal's date out, and say what the picture is to those who cannot see it."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314  our own chart; comments are dropped by the parser
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in _NOT_SHOWN or child.get("class") in _HOOKS:
                parent.remove(child)
    root.set("role", "img")
    root.set("aria-label", plain(chart.title))
    return ElementTree.tostring(root, encoding="unicode")
