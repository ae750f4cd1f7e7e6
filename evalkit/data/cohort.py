"""Who is in the study: scope, area by registered address, what could be known, exclusions.

Intention to treat: a matter belongs to the area where the child was registered on the day it came
in, whichever unit then handled it. What happened after a period's cut-off is not seen, and the
years it is compared with are cut off at the mirrored day, so that no year is followed longer than
another.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps

import ibis
from ibis import _
from ibis.expr.types import DateValue, IntegerValue, Table

from evalkit.analysis import Variant
from evalkit.data.kept import Kept
from evalkit.errors import ParamsError, did_you_mean
from evalkit.plan import Period, Study

OUTSIDE = "utanför"
# The tables in which something can happen until the cut-off.
FOLLOWED = (
    "referral", "investigation", "offer", "service", "advice", "assignment", "residence", "exit",
)  # fmt: skip
ATTACHED = "påförs pågående utredning"


@dataclass(frozen=True, slots=True)
class Sample:
    """The tables of one study as one period's report may see them.

    `tables` is the backend with the typed tables, `study` the plan, `period` the period;
    `variant` names a plan with a definition changed, and is empty for the plan itself.
    """

    tables: ibis.BaseBackend
    study: Study
    period: Period
    variant: str = ""
    kept: Kept = field(default_factory=Kept, compare=False, repr=False)

    def table(self, name: str) -> Table:
        return self.tables.table(name)

    def in_season(self, day: DateValue) -> ibis.expr.types.BooleanValue:
        """Return whether a day lies in the period's months of a year that the report covers."""
        years = day.year().between(self.study.timeline.pre.start.year, self.period.year)
        return years & day.month().isin(self.period.months)

    def seen_until(self, year: IntegerValue) -> DateValue:
        """Return the last day that is seen for index events of `year`: the mirrored cut-off."""
        cutoff = self.period.cutoff
        return ibis.date(year + (cutoff.year - self.period.year), cutoff.month, cutoff.day)


def under(sample: Sample, variant: Variant) -> Sample:
    """Return the sample as the plan would have it with one definition changed."""
    changed: dict[str, int] = {variant.definition: variant.value}
    definitions = sample.study.definitions.model_copy(update=changed)
    study = sample.study.model_copy(update={"definitions": definitions})
    return Sample(sample.tables, study, sample.period, variant.measure, sample.kept)


def once(make: Callable[[Sample], Table]) -> Callable[[Sample], Table]:
    """Compute a table that many indicators start from once per sample, inside the engine."""

    @wraps(make)
    def kept(sample: Sample) -> Table:
        return sample.kept.named((make.__name__, sample.variant), lambda: make(sample))

    return kept


def check_area_map(tables: ibis.BaseBackend, study: Study, published: Collection[str] = ()) -> None:
    """Raise ParamsError where the plan's areas and the area map disagree.

    A comparison area may be among those with `published` figures instead.
    """
    area_map = tables.table("area_map").select("district", "pilot").distinct().to_pandas()
    pilots = set(area_map.loc[area_map["pilot"] == "ja", "district"])
    known = sorted(set(area_map["district"]))
    for key, areas in (("treated", study.areas.treated), ("comparison", study.areas.comparison)):
        for area in areas:
            if area not in known and (key == "treated" or area not in published):
                hint = did_you_mean(area, known)
                raise ParamsError(
                    f"study.yaml: areas.{key}: '{area}' is not in omradeskarta.csv{hint}"
                )
    if pilots != set(study.areas.treated):
        raise ParamsError(
            "study.yaml: areas.treated: not the areas that omradeskarta.csv marks with pilot 'ja'; "
            "let the plan and the map say the same"
        )


def check_extract_dates(
    tables: ibis.BaseBackend, periods: Sequence[Period], files: Mapping[str, str]
) -> None:
    """Raise ParamsError where a period's cut-off lies after the day that a row was extracted.

    What happens between the two would pass for not having happened. `files` names the extract of
    each table that the study has; published figures alone have none of these.
    """
    last = max(periods, key=lambda period: period.cutoff)
    early = [
        files[name]
        for name in FOLLOWED
        if name in files
        and tables.table(name).filter(_.extract_date < last.cutoff).count().execute()
    ]
    if early:
        raise ParamsError(
            f"{last.period}.yaml: cutoff: {early[0]} was made before that day (column "
            f"utdrag_datum; {len(early)} of {len(files)} extracts were); set the cut-off to the "
            "day of the oldest extract at most, or deliver newer ones"
        )


@once
def matters(sample: Sample) -> Table:
    """Return one row per referral in the report's years and months, with the reason it is left out.

    Columns: `process_id`, `child_id`, `received_date`, `year`, `month`, `seen_until`, `area`,
    `sex`, `age`, `age_group`, `kind`, `reporter`, `reason`, `decision`, `decision_date`,
    `unit_id` and `excluded`: "" when in the study, else "area", "age" or "attached" (the first
    that applies).
    """
    referral = sample.table("referral")
    referral = referral.filter(sample.in_season(referral.received_date))
    located = _with_area(sample, referral)
    child = sample.table("child").select("child_id", "sex", "birth_month")
    known = located.join(child, "child_id").mutate(
        age=_completed_years(_.birth_month, _.received_date),
        year=_.received_date.year().cast("int64"),
        month=_.received_date.month().cast("int64"),
    )
    scope = sample.study.scope
    return known.mutate(
        process_id=_.referral_id,
        seen_until=sample.seen_until(_.year),
        age_group=_age_group(known.age, scope.age_groups),
        excluded=ibis.cases(
            (known.area == OUTSIDE, "area"),
            (~known.age.between(scope.min_age, scope.max_age), "age"),
            (known.decision.fill_null("") == ATTACHED, "attached"),
            else_="",
        ),
    ).select(
        "process_id", "child_id", "received_date", "year", "month", "seen_until", "area", "sex",
        "age", "age_group", "kind", "reporter", "reason", "decision", "decision_date", "unit_id",
        "excluded",
    )  # fmt: skip


def reached(sample: Sample) -> Table:
    """Return one row per process; `y` is 1 if the pilot's units took it in."""
    return _handled(processes(sample), sample)


def reached_investigated(sample: Sample) -> Table:
    """Return one row per opened investigation; `y` is 1 if the pilot's units carried it out."""
    opened = sample.table("investigation").select("referral_id", "opened_date", "unit_id")
    located = opened.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    return _handled(dated(located, "opened_date", sample), sample)


def _handled(rows: Table, sample: Sample) -> Table:
    units = sample.study.areas.pilot_units
    return rows.mutate(n=1, y=rows.unit_id.isin(units).cast("int64"))


def processes(sample: Sample) -> Table:
    """Return the matters that are in the study: the unit of analysis, one row each."""
    return matters(sample).filter(_.excluded == "").drop("excluded")


def flow(sample: Sample) -> Table:
    """Return one row per matter with the step at which it left the study as `level`."""
    return matters(sample).mutate(
        level=ibis.cases((_.excluded == "", "included"), else_=_.excluded), n=1, y=1
    )


@once
def origins(sample: Sample) -> Table:
    """Return area, sex and age group for every referral of any year, keyed by `referral_id`.

    Investigations and services take them from the referral that started them.
    """
    scope = sample.study.scope
    child = sample.table("child").select("child_id", "sex", "birth_month")
    located = _with_area(sample, sample.table("referral")).join(child, "child_id")
    aged = located.mutate(age=_completed_years(_.birth_month, _.received_date))
    return (
        aged.filter(_.area != OUTSIDE, _.age.between(scope.min_age, scope.max_age))
        .mutate(age_group=_age_group(_.age, scope.age_groups))
        .select("referral_id", "child_id", "received_date", "area", "sex", "age_group")
    )


def dated(rows: Table, day: str, sample: Sample) -> Table:
    """Return the rows whose `day` is in the report's season, with `year`, `month`, `seen_until`."""
    return rows.filter(sample.in_season(rows[day])).mutate(
        year=_[day].year().cast("int64"),
        month=_[day].month().cast("int64"),
        seen_until=sample.seen_until(_[day].year()),
    )


def _with_area(sample: Sample, referral: Table) -> Table:
    residence = sample.table("residence").select("child_id", "valid_from", "valid_to", "district")
    at_receipt = referral.left_join(
        residence,
        [
            referral.child_id == residence.child_id,
            residence.valid_from <= referral.received_date,
            residence.valid_to.isnull() | (residence.valid_to >= referral.received_date),
        ],
    ).drop("child_id_right", "valid_from", "valid_to")
    in_study = at_receipt.district.isin(sample.study.areas.all)
    return at_receipt.mutate(area=in_study.fill_null(False).ifelse(at_receipt.district, OUTSIDE))


def _completed_years(birth_month: ibis.expr.types.StringValue, day: DateValue) -> IntegerValue:
    """Return the age in whole years; with the day of birth unknown, the month counts as reached."""
    born = birth_month[:4].cast("int64") * 12 + birth_month[5:7].cast("int64")
    months = day.year() * 12 + day.month() - born
    return (months.cast("float64") / 12).floor().cast("int64")


def _age_group(age: IntegerValue, groups: tuple[tuple[int, int], ...]) -> ibis.expr.types.Value:
    branches = [(age.between(low, high), f"{low}–{high}") for low, high in groups]
    return ibis.cases(*branches, else_=OUTSIDE)
