"""The chapters' vocabulary: what a notebook may say as `ek.`, and nothing else."""

from evalkit.chapters.answers import answer, notes, period_notice, shorter_window, unconfirmed
from evalkit.chapters.children import (
    balance_figure,
    flow_figure,
    maturity_table,
    missing_table,
    volume_table,
)
from evalkit.chapters.claims import claims_list
from evalkit.chapters.clocks import extension_table, not_judged_table, planned_figure, planned_table
from evalkit.chapters.collaboration import meetings_figure, school_referrals_table
from evalkit.chapters.components import components_table
from evalkit.chapters.conclusions import conclusion_changes
from evalkit.chapters.cost_effect import acceptability_figure, cost_consequences_table
from evalkit.chapters.decisions import decisions
from evalkit.chapters.description import description_table
from evalkit.chapters.economy import economy_checks, economy_figure, economy_table, ledgers_table
from evalkit.chapters.extracts import extracts_table
from evalkit.chapters.figures import (
    effects_figure,
    event_study_figure,
    placebo_figure,
    series_figure,
)
from evalkit.chapters.first_page import answers_to_date, first_page
from evalkit.chapters.gaps import action_plan, gap_change_table, gap_message, gap_table
from evalkit.chapters.guidelines import guidelines_list
from evalkit.chapters.implementation import (
    chain_figure,
    staffing_table,
    turnover_figure,
    turnover_in_handovers,
)
from evalkit.chapters.investment_guide import investment_guide_list
from evalkit.chapters.logic_model import logic_model_figure, logic_model_tables, unmeasured
from evalkit.chapters.messages import message
from evalkit.chapters.nearness import near_far_table
from evalkit.chapters.needs import again_table, needs_figure, needs_limits
from evalkit.chapters.opening import open_period
from evalkit.chapters.outcome_contract import (
    contract_cost_table,
    contract_users_table,
    without_contract_table,
)
from evalkit.chapters.pathways import funnel_figure, handovers_figure, offers_table, returns_figure
from evalkit.chapters.plan_history import plan_table
from evalkit.chapters.published import published_table
from evalkit.chapters.robustness import (
    alarms_table,
    drift_figure,
    ladder_figure,
    other_comparisons_table,
)
from evalkit.chapters.scales import reached_table, scales_table
from evalkit.chapters.sexes import sex_figure, sex_funnel_figure, sex_table
from evalkit.chapters.spread import dilution_table
from evalkit.chapters.steadiness import (
    methods_message,
    not_adjusted,
    robustness_message,
    sooner_or_more,
)
from evalkit.chapters.survey import (
    survey_bounds_figure,
    survey_figure,
    survey_gaps_table,
    survey_rounds_figure,
    survey_table,
)
from evalkit.chapters.survey_rounds import survey_rounds_table
from evalkit.chapters.tables import (
    detectable_table,
    effects_table,
    heterogeneity_table,
    key_results_table,
    methods_table,
    pre_trend_table,
)
from evalkit.chapters.tests_of_change import tests_figures, tests_table
from evalkit.chapters.threats import risk_of_bias_table, threats_list, threats_overview
from evalkit.chapters.tiers import criteria_table, moves_table, tiers_figure
from evalkit.chapters.timeline import decisions_basis, shared_activities, timeline_figure
from evalkit.chapters.transport import transport_table
from evalkit.chapters.voices import coders_agreement, interviews_figure, quotations, themes_table
from evalkit.chapters.worth import worth_limit

__all__ = [
    "acceptability_figure",
    "action_plan",
    "again_table",
    "alarms_table",
    "answer",
    "answers_to_date",
    "balance_figure",
    "chain_figure",
    "claims_list",
    "coders_agreement",
    "components_table",
    "conclusion_changes",
    "contract_cost_table",
    "contract_users_table",
    "cost_consequences_table",
    "criteria_table",
    "decisions",
    "decisions_basis",
    "description_table",
    "detectable_table",
    "dilution_table",
    "drift_figure",
    "economy_checks",
    "economy_figure",
    "economy_table",
    "effects_figure",
    "effects_table",
    "event_study_figure",
    "extension_table",
    "extracts_table",
    "first_page",
    "flow_figure",
    "funnel_figure",
    "gap_change_table",
    "gap_message",
    "gap_table",
    "guidelines_list",
    "handovers_figure",
    "heterogeneity_table",
    "interviews_figure",
    "investment_guide_list",
    "key_results_table",
    "ladder_figure",
    "ledgers_table",
    "logic_model_figure",
    "logic_model_tables",
    "maturity_table",
    "meetings_figure",
    "message",
    "methods_message",
    "methods_table",
    "missing_table",
    "moves_table",
    "near_far_table",
    "needs_figure",
    "needs_limits",
    "not_adjusted",
    "not_judged_table",
    "notes",
    "offers_table",
    "open_period",
    "other_comparisons_table",
    "period_notice",
    "placebo_figure",
    "plan_table",
    "planned_figure",
    "planned_table",
    "pre_trend_table",
    "published_table",
    "quotations",
    "reached_table",
    "returns_figure",
    "risk_of_bias_table",
    "robustness_message",
    "scales_table",
    "school_referrals_table",
    "series_figure",
    "sex_figure",
    "sex_funnel_figure",
    "sex_table",
    "shared_activities",
    "shorter_window",
    "sooner_or_more",
    "staffing_table",
    "survey_bounds_figure",
    "survey_figure",
    "survey_gaps_table",
    "survey_rounds_figure",
    "survey_rounds_table",
    "survey_table",
    "tests_figures",
    "tests_table",
    "themes_table",
    "threats_list",
    "threats_overview",
    "tiers_figure",
    "timeline_figure",
    "transport_table",
    "turnover_figure",
    "turnover_in_handovers",
    "unconfirmed",
    "unmeasured",
    "volume_table",
    "without_contract_table",
    "worth_limit",
]
