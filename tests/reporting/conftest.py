"""Every figure once, on made-up aggregates of a realistic size."""

from datetime import date
from xml.etree import ElementTree

import pandas as pd
import pytest

from evalkit.plan import Event, Labels, Rule, Span
from evalkit.reporting import plots
from evalkit.reporting.disclosure import release, release_flow
from evalkit.reporting.plots import Axis

RULE = Rule(threshold=5, rounding=1)
LABELS = Labels(treated="Pilotområdet", comparison="Linjens områden")
EVENTS = tuple(
    Event(date=day, label=label)
    for day, label in [
        (date(2020, 1, 1), "Piloten startar"),
        (date(2020, 3, 1), "Pandemin"),
        (date(2021, 9, 1), "Socialt utfallskontrakt"),
        (date(2022, 6, 1), "Beslut att avsluta"),
        (date(2022, 9, 1), "Piloten avslutad"),
    ]
)
WASH_IN = Span(start=date(2020, 1, 1), end=date(2020, 12, 31))


def passed(frame, keys=(), **rules):
    numbers = frame.select_dtypes("number").columns
    declared = {*rules.get("counts", ()), *rules.get("values", {})}
    return release(frame, rule=RULE, keys=[*(set(numbers) - declared), *keys], **rules)


def yearly():
    pilot = [0.31, 0.30, 0.32, 0.29, 0.237, 0.221]
    line = [0.27, 0.28, 0.28, 0.28, 0.266, 0.270]
    expected = [None, None, 0.32, None, 0.303, 0.306]
    years = list(range(2017, 2023))
    return pd.DataFrame(
        {
            "time": years * 2,
            "arm": ["pilot"] * 6 + ["line"] * 6,
            "level": pilot + line,
            "expected": expected + [None] * 6,
            "n": [240, 251, 3, 260, 222, 148, *[900] * 6],
        }
    )


def series():
    return plots.series(
        passed(yearly()),
        axis=Axis("Andel med ny utredning inom ett år"),
        labels=LABELS,
        events=EVENTS,
        wash_in=WASH_IN,
    )


def hidden_series():
    """The pilot's 2019 rests on three children, and its level may not be drawn."""
    released = passed(yearly(), counts=["n"], values={"level": ("n",), "expected": ("n",)})
    return plots.series(released, axis=Axis("Andel med ny utredning"), labels=LABELS)


def monthly_series():
    months = pd.date_range("2017-01-01", "2022-08-01", freq="MS")
    wave = [0.5 + 0.3 * ((7 * place) % 11) / 11 for place in range(len(months))]
    frame = pd.DataFrame(
        {
            "time": list(months) * 2,
            "arm": ["pilot"] * len(months) + ["line"] * len(months),
            "level": [3 + w - (month.year > 2020) for w, month in zip(wave, months, strict=True)]
            + [3.4 + w / 2 for w in wave],
            "expected": [
                3.4 + w / 3 if month.year > 2020 else None
                for w, month in zip(wave, months, strict=True)
            ]
            + [None] * len(months),
        }
    )
    return plots.series(
        passed(frame),
        axis=Axis("Handläggare per ärende", "number", 1),
        labels=LABELS,
        events=EVENTS[:3],
        wash_in=WASH_IN,
    )


def answer_of(observed, expected, low, high, relevant):
    columns = ["seen", "expected", "estimate", "conf_low", "conf_high", "minimal_relevant"]
    row = [observed, expected, observed - expected, low, high, relevant]
    return passed(pd.DataFrame([row], columns=columns))


def of_hundred():
    return plots.of_hundred(answer_of(0.17, 0.24, -0.30, 0.17, 0.05), what="barn")


def of_hundred_narrow():
    """An interval too short for a text at each end."""
    return plots.of_hundred(answer_of(0.0, 1.0, -1.0, -0.98, 0.05), what="ärenden")


def two_levels():
    return plots.two_levels(answer_of(1.26, 1.72, -0.7, -0.2, 0.2), what="handläggare per ärende")


def event_study():
    frame = pd.DataFrame(
        {
            "year": range(2017, 2023),
            "estimate": [0.01, -0.015, 0.0, -0.03, -0.066, -0.085],
            "conf_low": [-0.05, -0.08, None, -0.09, -0.13, -0.15],
            "conf_high": [0.07, 0.05, None, 0.03, -0.002, -0.02],
            "is_reference": [False, False, True, False, False, False],
            "is_wash_in": [False, False, False, True, False, False],
        }
    )
    axis = Axis("Skillnad mot linjen, procentenheter", "points")
    return plots.event_study(passed(frame), axis=axis)


def forest():
    share = "procentenheter"
    frame = pd.DataFrame(
        [
            ("Antal handläggare per ärende", -0.72, -1.6, 0.15, 1.1, 0.5, "handläggare"),
            ("Ny utredning inom ett år", -0.066, -0.13, -0.002, 0.08, 0.05, share),
            ("Påbörjad insats inom 90 dagar", 0.09, -0.02, 0.20, 0.14, 0.07, share),
            ("Samma handläggare genom hela kedjan", 0.48, 0.40, 1.2, 0.12, 0.1, share),
            (
                "Byten utöver enhetsgränser, per 100 barnmånader",
                -1.2,
                -3.0,
                0.4,
                2.2,
                1.0,
                "byten per 100 barnmånader",
            ),
            ("Behov utan passande insats", None, None, None, None, 0.05, share),
        ],
        columns=[
            "label",
            "estimate",
            "conf_low",
            "conf_high",
            "minimum_detectable",
            "minimal_relevant",
            "unit",
        ],
    )
    return plots.forest(passed(frame))


def placebo_strip():
    areas = "Vällingby Grimsta Hässelby_gård Hässelby_strand Hässelby_villastad Kälvesta Nälsta"
    names = [name.replace("_", " ") for name in f"{areas} Råcksta Vinsta".split()]
    frame = pd.DataFrame(
        {
            "area": names,
            "estimate": [-0.066, 0.03, -0.02, 0.012, -0.034, 0.021, 0.004, None, -0.01],
            "treated": [name == "Vällingby" for name in names],
        }
    )
    return plots.placebo_strip(passed(frame), axis=Axis("Skillnad, procentenheter", "points"))


def flow():
    frame = pd.DataFrame(
        [
            ("Aktualiseringar 2021", 412, 1530, False),
            ("Utanför åldern 0–17 år", 12, 3, True),
            ("Adress utanför stadsdelen eller okänd adress", 21, 87, True),
            ("Aktualiseringar i jämförelsen", 379, 1440, False),
            ("Ingen utredning inleddes", 160, 700, True),
            ("Avslutade utredningar", 219, 740, False),
            ("Full uppföljning ett år", 201, 702, False),
        ],
        columns=["label", "pilot", "line", "excluded"],
    )
    return plots.flow(release_flow(frame, rule=RULE, counts=["pilot", "line"]), labels=LABELS)


def funnel():
    steps = ["Behov", "Insats finns", "Erbjuden", "Tackar ja", "Beviljad", "Påbörjad", "Fullföljd"]
    pilot, line = [100, 92, 88, 71, 66, 60, 44], [400, 330, 300, 210, 198, 170, 3]
    frame = pd.DataFrame(
        {
            "step": steps * 2,
            "arm": ["pilot"] * 7 + ["line"] * 7,
            "share": [n / 100 for n in pilot] + [n / 400 for n in line],
            "n": pilot + line,
        }
    )
    return plots.funnel(passed(frame, counts=["n"], values={"share": ("n",)}), labels=LABELS)


def cumulative_incidence():
    days = list(range(0, 361, 30))
    frame = pd.DataFrame(
        {
            "arm": ["pilot"] * 13 + ["line"] * 13,
            "time": days * 2,
            "cif": [0.237 * (day / 360) ** 0.6 for day in days]
            + [0.266 * (day / 360) ** 0.7 for day in days],
        }
    )
    return plots.cumulative_incidence(
        passed(frame), axis=Axis("Andel med ny utredning"), labels=LABELS, mature_days=270
    )


def handover_causes():
    causes = [
        "Enhetsgräns",
        "Handläggaren slutar",
        "Frånvaro",
        "Omfördelning",
        "Flytt inom stadsdelen",
        "Projektavslut",
    ]
    frame = pd.DataFrame(
        {
            "cause": causes * 2,
            "arm": ["pilot"] * 6 + ["line"] * 6,
            "rate": [0.9, 2.1, 0.8, 0.6, 0.2, 0.5, 7.2, 2.8, 0.9, 0.7, 0.3, None],
        }
    )
    return plots.handover_causes(passed(frame), labels=LABELS)


def balance():
    frame = pd.DataFrame(
        {
            "covariate": ["Kön", "Ålder", "Ålder", "Anmälare", "Tidigare känd"],
            "level": ["pojke", "0–6 år", "13–17 år", "skola eller förskola", "av socialtjänsten"],
            "smd_pre": [0.04, -0.12, 0.31, 0.18, -0.07],
            "smd_post": [0.01, -0.03, 0.06, 0.02, None],
        }
    )
    return plots.balance(passed(frame))


def by_sex():
    labels = ["Utredning inleddes", "Tackar ja till första erbjudandet", "Påbörjad insats"]
    frame = pd.DataFrame(
        {
            "label": labels * 2,
            "arm": ["pilot"] * 3 + ["line"] * 3,
            "girls": [0.46, 0.78, 0.61, 0.41, 0.62, 0.44],
            "boys": [0.42, 0.71, 0.55, 0.40, 0.63, None],
        }
    )
    return plots.by_sex(passed(frame), axis=Axis("Andel av barnen"), labels=LABELS)


def survey_dots():
    """Three items of the staff survey of March 2021, as printed in the report for 2021."""
    units = [
        "Enheten för barn och unga",
        "Enheten för förebyggande och behandling",
        "Familj- och mottagningsenheten",
    ]
    items = {
        "Jag anser att det är viktigt att jag i min arbetsroll har möjlighet att följa individen "
        "i flera olika moment inom socialtjänsten (råd och stöd, förhandsbedömning, utredning "
        "och insats)": [5.9, 4.6, 5.0],
        "Jag förstår varför utvecklingsarbetet behövs": [6.2, 5.4, 6.7],
        "Jag vet vad utvecklingsarbetet innebär för mig i min roll": [5.0, 3.8, 4.5],
    }
    frame = pd.DataFrame(
        [
            (item, unit, mean, mean in (5.9, 5.0) and unit == units[0])
            for item, means in items.items()
            for unit, mean in zip(units, means, strict=True)
        ],
        columns=["item", "unit", "mean", "restored"],
    )
    return plots.survey_dots(passed(frame))


def share_bounds():
    frame = pd.DataFrame(
        {
            "unit": [
                "Enheten för barn och unga",
                "Enheten för förebyggande och behandling",
                "Familj- och mottagningsenheten",
            ],
            "low": [0.733, 0.467, 0.9],
            "high": [1.0, 1.0, 1.0],
        }
    )
    return plots.share_bounds(passed(frame), what="Andel som svarar minst 5")


def finance():
    frame = pd.DataFrame(
        [
            (2021, "intäkt", "Beviljat belopp från socialnämnden", 500_000.0, "redovisad"),
            (2021, "intäkt", "Egen insats", 650_000.0, "redovisad"),
            (2021, "kostnad", "Personal inklusive sociala avgifter", 1_457_956.0, "redovisad"),
            (2021, "kostnad", "Administration", 4_104.0, "redovisad"),
            (2022, "kostnad", "Personal inklusive sociala avgifter", 700_263.0, "tolkad"),
            (2022, "kostnad", "Administration", None, "saknas"),
        ],
        columns=["year", "side", "entry", "amount", "status"],
    )
    return plots.finance(passed(frame))


def ladder():
    rows = [
        ("Enligt analysplanen", "huvudresultatet", -0.07, -0.12, -0.02, True, False),
        (
            "Annan definition",
            "utredningar inom 30 dagar slås ihop",
            -0.06,
            -0.11,
            -0.01,
            False,
            False,
        ),
        ("Del av året", "bara januari–juni", -0.03, -0.11, 0.05, False, True),
        ("Del av året", "bara juli–december", -0.1, -0.16, -0.04, False, False),
        (
            "Ett område i linjen utelämnat",
            "utan Hässelby villastad",
            None,
            None,
            None,
            False,
            False,
        ),
    ]
    columns = ["group", "label", "estimate", "conf_low", "conf_high", "is_plan", "turns"]
    frame = pd.DataFrame(rows, columns=columns)
    axis = Axis("Skillnad mot det väntade (procentenheter)", "points")
    return plots.ladder(passed(frame), axis=axis)


def trend_curve():
    frame = pd.DataFrame(
        {
            "multiple": [0.0, 0.5, 1.0, 1.5, 2.0],
            "conf_low": [-0.12, -0.16, -0.21, -0.27, -0.34],
            "conf_high": [-0.02, 0.01, 0.05, 0.1, 0.16],
        }
    )
    return plots.trend_curve(passed(frame), axis=Axis("Skillnad (procentenheter)", "points"))


def logic_model():
    chains = [
        (
            "Barn får en trygg uppväxt",
            "activity",
            "Ett team för hela kedjan, från början till slut",
        ),
        ("Barn får en trygg uppväxt", "result", "Rätt stöd i rätt tid"),
        ("Barn får en trygg uppväxt", "measured", "Ny utredning inom ett år"),
        ("Barn får en trygg uppväxt", "unmeasured", "Barnets egen trygghet och hälsa"),
        ("Familjer känner tillit", "activity", "Råd och stöd utan beslut"),
        ("Familjer känner tillit", "result", "Samma person genom kedjan"),
        ("Familjer känner tillit", "described", "Hur många barn som nåddes"),
    ]
    return plots.logic_model(passed(pd.DataFrame(chains, columns=["goal", "kind", "text"])))


def findings():
    axes = {
        "Utredda förut, någon gång": Axis("Andel"),
        "Handläggare per ärende": Axis("Antal", "number", 1),
        "Kontakt med skola eller förskola i utredningen": Axis("Andel"),
    }
    rows = [
        (label, year, arm, (0.3 + 0.04 * place) * (1 if axis.kind == "percent" else 4))
        for label, axis in axes.items()
        for arm in ("pilot", "line")
        for place, year in enumerate(range(2017, 2023))
    ]
    frame = pd.DataFrame(rows, columns=["label", "year", "arm", "value"])
    frame.loc[[0, 14], "value"] = None
    pilot = Span(start=date(2020, 1, 1), end=date(2022, 8, 31))
    return plots.findings(passed(frame), axes=axes, labels=LABELS, pilot=pilot)


def tiers():
    """Of the pilot's 100 in 2019 two levels are protected."""
    order = ("Ej satt", "Nivå 1", "Nivå 2", "Nivå 3", "Nivå 4")
    counts = {
        (2019, "pilot"): (40, 30, 18, 9, 3), (2019, "line"): (50, 20, 15, 10, 5),
        (2022, "pilot"): (10, 25, 30, 20, 15), (2022, "line"): (52, 12, 18, 10, 8),
    }  # fmt: skip
    rows = [
        (year, arm, level, float(n), n / 100)
        for (year, arm), parts in counts.items()
        for level, n in zip(order, parts, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["year", "arm", "level", "n", "share"])
    released = passed(frame, counts=("n",), values={"share": ("n",)}, margins=(("year", "arm"),))
    return plots.tiers(released, order=order, labels=LABELS)


FIGURES = {
    figure.__name__: figure
    for figure in (
        series,
        hidden_series,
        monthly_series,
        of_hundred,
        of_hundred_narrow,
        two_levels,
        event_study,
        forest,
        placebo_strip,
        flow,
        funnel,
        cumulative_incidence,
        handover_causes,
        balance,
        by_sex,
        survey_dots,
        share_bounds,
        finance,
        ladder,
        trend_curve,
        logic_model,
        findings,
        tiers,
    )
}


def pytest_generate_tests(metafunc):
    if "figure_name" in metafunc.fixturenames:
        metafunc.parametrize("figure_name", FIGURES)


@pytest.fixture
def draw(figure_name):
    return FIGURES[figure_name]


@pytest.fixture
def drawing(figure_name, drawings):
    return drawings[figure_name]


@pytest.fixture
def gate():
    """Return a short way through the gate: numbers that are not counts are keys."""
    return passed


@pytest.fixture
def labels():
    return LABELS


@pytest.fixture
def yearly_levels():
    return yearly()


@pytest.fixture(scope="session")
def drawings():
    return {name: figure() for name, figure in FIGURES.items()}


@pytest.fixture
def bare():
    """Return a function that reads a drawing without its namespaces, as fragments hands it over."""

    def read(svg):
        root = ElementTree.fromstring(svg)
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
            element.attrib = {k.rpartition("}")[2]: v for k, v in element.attrib.items()}
        return root

    return read
