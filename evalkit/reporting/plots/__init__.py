"""Figures: released tables in, SVG with a Swedish text alternative out."""

from evalkit.reporting.plots.answers import of_hundred, two_levels
from evalkit.reporting.plots.costs import acceptability
from evalkit.reporting.plots.effects import event_study, forest, placebo_strip
from evalkit.reporting.plots.implementation import chain, run_chart, timeline, turnover
from evalkit.reporting.plots.levels import cumulative_incidence, series
from evalkit.reporting.plots.logic_model import logic_model
from evalkit.reporting.plots.material import finance, share_bounds, survey_dots
from evalkit.reporting.plots.needs import findings
from evalkit.reporting.plots.planning import detectable
from evalkit.reporting.plots.population import balance, flow, funnel, handover_causes
from evalkit.reporting.plots.robustness import ladder, trend_curve
from evalkit.reporting.plots.sexes import by_sex
from evalkit.reporting.plots.style import Axis, Drawing
from evalkit.reporting.plots.tiers import tiers
from evalkit.reporting.plots.voices import interview_flow, meetings, survey_rounds

__all__ = [
    "Axis",
    "Drawing",
    "acceptability",
    "balance",
    "by_sex",
    "chain",
    "cumulative_incidence",
    "detectable",
    "event_study",
    "finance",
    "findings",
    "flow",
    "forest",
    "funnel",
    "handover_causes",
    "interview_flow",
    "ladder",
    "logic_model",
    "meetings",
    "of_hundred",
    "placebo_strip",
    "run_chart",
    "series",
    "share_bounds",
    "survey_dots",
    "survey_rounds",
    "tiers",
    "timeline",
    "trend_curve",
    "turnover",
    "two_levels",
]
