"""Figures: the same every time, in Swedish, readable, and never of what is protected."""

import re
from collections.abc import Iterator
from inspect import signature
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from evalkit.errors import DisclosureError
from evalkit.reporting import plots
from evalkit.reporting.plots import Axis
from evalkit.reporting.plots.style import MARKERS, MUTED, PALETTE, RULE, spread

ENGLISH = {
    "arm", "area", "boys", "cause", "count", "covariate", "estimate", "expected", "false",
    "girls", "item", "label", "level", "line", "mean", "nan", "none", "rate", "share", "step",
    "time", "true", "unit", "value", "year",
}  # fmt: skip


def words(drawing):
    return re.findall(r"<text[^>]*>(?:<tspan[^>]*>)?([^<]+)<", drawing.svg)


def test_the_same_table_gives_the_same_bytes(draw, drawing):
    assert draw() == drawing


def test_axes_and_labels_are_swedish(drawing):
    texts = words(drawing)
    tokens = {token for text in texts for token in re.findall(r"\w+", text.lower())}
    assert len(tokens) > 5
    assert not tokens & ENGLISH
    assert not any(re.search(r"\d\.\d", text) for text in texts)


def test_the_text_alternative_is_prose_with_the_figure_s_numbers(drawing):
    alt = drawing.alt
    assert len(re.findall(r"\d", alt)) >= 4
    assert alt.endswith(".")
    assert not re.search(r"\bnan\b", alt.lower())
    assert len(alt.split()) > 15


def test_the_drawing_names_no_file_date_or_program(drawing):
    svg = drawing.svg
    assert "<dc:date>" not in svg
    assert "matplotlib.org" not in svg


def test_no_text_is_clipped_or_runs_into_another(draw, monkeypatch):
    """Text boxes as the Agg renderer measures them, two pixels of slack."""
    boxes = list(text_boxes(draw, monkeypatch))
    for text, box, page in boxes:
        assert box.x0 >= -2, text
        assert box.y0 >= -2, text
        assert box.x1 <= page.x1 + 2, text
        assert box.y1 <= page.y1 + 2, text
    for (one, first, _), (other, second, _) in combinations(boxes, 2):
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert width < 2 or height < 3, (one, other)


def text_boxes(draw, monkeypatch) -> Iterator[tuple]:
    figures, texts = [], []
    save, paint = Figure.savefig, Text.draw

    def keep_figure(figure, *args, **kwargs):
        figures.append(figure)
        return save(figure, *args, **kwargs)

    def keep_text(text, renderer):
        if text.get_visible() and text.get_text().strip():
            texts.append((text.get_text(), text.get_window_extent(renderer)))
        return paint(text, renderer)

    monkeypatch.setattr(Figure, "savefig", keep_figure)
    draw()
    monkeypatch.setattr(Text, "draw", keep_text)
    with mpl.rc_context({"font.sans-serif": ["DejaVu Sans"]}):
        FigureCanvasAgg(figures[0]).draw()
    unique = dict.fromkeys((text, tuple(box.extents)) for text, box in texts)
    for text, extents in unique:
        yield text, mpl.transforms.Bbox.from_extents(extents), figures[0].bbox


def test_drawing_changes_no_global_setting(draw):
    before = dict(mpl.rcParams)
    draw()
    assert dict(mpl.rcParams) == before
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    "name",
    sorted({name for name in plots.__all__ if name.islower()} - {"timeline"}),  # it counts nobody
)
def test_a_table_that_has_not_passed_the_gate_is_not_drawn(name, labels, yearly_levels):
    function = getattr(plots, name)
    given = {
        "axis": Axis("Andel"), "labels": labels, "what": "Andel", "axes": {}, "order": (),
        "pilot": None, "median": 0.0, "verdict": "",
    }  # fmt: skip
    wanted = [key for key in signature(function).parameters if key in given]
    with pytest.raises(TypeError, match="Released"):
        function(yearly_levels, **{key: given[key] for key in wanted})


def test_a_lacking_column_is_named(gate, labels, yearly_levels):
    released = gate(yearly_levels.drop(columns="expected"))
    with pytest.raises(ValueError, match="expected"):
        plots.series(released, axis=Axis("x"), labels=labels)


def test_hidden_levels_leave_no_trace_in_the_line(gate, labels, yearly_levels):
    """Two tables that differ only in what is hidden give one and the same drawing."""
    drawn = []
    for secret in (0.32, 0.99):
        frame = yearly_levels.copy()
        frame.loc[2, ["level", "expected"]] = secret
        released = gate(frame, counts=["n"], values={"level": ("n",), "expected": ("n",)})
        drawn.append(plots.series(released, axis=Axis("Andel"), labels=labels))
    assert drawn[0] == drawn[1]
    assert "2019 ej redovisad" in drawn[0].alt


def test_hidden_counts_leave_no_trace_in_the_flow(gate, labels):
    drawn = []
    for secret in (2, 4):
        frame = pd.DataFrame(
            {
                "label": ["Alla", "Flyttade"],
                "pilot": [400, 12],
                "line": [1500, secret],
                "excluded": [False, True],
            }
        )
        released = gate(frame, counts=["pilot", "line"])
        drawn.append(plots.flow(released, labels=labels))
    assert drawn[0] == drawn[1]
    assert ".." in words(drawn[0])


def test_hidden_steps_leave_no_bar_in_the_funnel(gate, labels):
    drawn = []
    for secret in (1, 4):
        frame = pd.DataFrame(
            {
                "step": ["Behov", "Behov", "Fullföljd", "Fullföljd"],
                "arm": ["pilot", "line"] * 2,
                "share": [1, 1, 0.44, secret / 400],
                "n": [100, 400, 44, secret],
            }
        )
        released = gate(frame, counts=["n"], values={"share": ("n",)})
        drawn.append(plots.funnel(released, labels=labels))
    assert drawn[0] == drawn[1]


def test_a_curve_with_a_step_for_every_day_is_refused(gate, labels):
    frame = pd.DataFrame({"arm": "pilot", "time": range(30), "cif": np.linspace(0, 0.1, 30)})
    with pytest.raises(DisclosureError, match="coarser grid"):
        plots.cumulative_incidence(gate(frame), axis=Axis("Andel"), labels=labels)


def test_the_pilot_and_the_line_never_share_colour_or_marker(drawings):
    assert PALETTE["pilot"] != PALETTE["line"]
    assert MARKERS["pilot"] != MARKERS["line"]
    for name in ("series", "funnel", "cumulative_incidence", "placebo_strip", "by_sex", "flow"):
        assert all(colour in drawings[name].svg for colour in PALETTE.values())


def test_text_stays_text(drawings):
    assert "Väntat utan" in drawings["series"].svg
    assert "Tackar ja" in words(drawings["funnel"])


def test_axis_writes_swedish():
    assert Axis("x").text(0.25) == "25\u00a0%"
    assert Axis("x", "points", 1).text(-0.065) == "\u22126,5"
    assert Axis("x", "number", 1).text(2.5) == "2,5"
    assert Axis("x").text(float("nan")) == "–"


def test_labels_that_are_near_are_pushed_apart_and_keep_their_order():
    placed = spread([0.30, 0.31, 0.10], 0.05)
    assert placed[1] - placed[0] >= 0.05 - 1e-9
    assert placed[2] == 0.10


def answered(gate, seen, expected, low=-0.2, high=0.1):
    """A row for the first page's small pictures."""
    row = {
        "seen": seen,
        "expected": expected,
        "estimate": seen - expected,
        "conf_low": low,
        "conf_high": high,
        "minimal_relevant": 0.05,
    }
    return gate(pd.DataFrame([row]))


def dots_drawn(drawing, colour):
    """Count the dots of a colour: the lengths of its dotted lines over the distance of two dots."""
    pitch, dots = 10.6, 0
    for path, look in re.findall(r'<path d="([^"]*)"[^>]*style="([^"]*)"', drawing.svg):
        if "stroke-dasharray" not in look or f"stroke: {colour}" not in look:
            continue
        for start, end in re.findall(r"M ([\d.]+) [\d.]+ \s*L ([\d.]+) [\d.]+", path):
            dots += round((float(end) - float(start)) / pitch + 0.5)
    return dots


@pytest.mark.parametrize(("seen", "expected"), [(0.17, 0.24), (0.0, 1.0), (0.305, 0.494)])
def test_of_a_hundred_dots_as_many_are_filled_as_the_number_says(gate, seen, expected):
    drawing = plots.of_hundred(answered(gate, seen, expected), what="barn")
    filled = dots_drawn(drawing, PALETTE["pilot"]) + dots_drawn(drawing, MUTED)  # seen, expected
    said = re.findall(r"(\d+) av 100", " ".join(words(drawing)))
    assert filled == sum(int(number) for number in said)
    assert filled + dots_drawn(drawing, RULE) == 200


def test_the_small_pictures_say_the_interval_with_its_nearest_end_first(gate):
    one_side = plots.of_hundred(answered(gate, 0.1, 0.2, -0.13, -0.06), what="barn")
    assert "6 till 13 färre" in one_side.alt
    both = plots.of_hundred(answered(gate, 0.1, 0.2, -0.13, 0.02), what="barn")
    assert "13 färre till 2 fler" in both.alt
    nothing = plots.of_hundred(answered(gate, 0.1, 0.2, None, None), what="barn")
    assert "går inte att beräkna" in nothing.alt


def test_drawings_that_few_have_seen_before_say_how_they_are_read(drawings):
    for name in ("event_study", "forest", "placebo_strip", "ladder", "trend_curve", "balance"):
        assert len(drawings[name].reading.split()) > 15
    assert "grå fältet" in drawings["cumulative_incidence"].reading
