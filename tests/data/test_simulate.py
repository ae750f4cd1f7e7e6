"""The demonstration extracts: they hold the contracts, and their truth is what they show."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.data import contracts
from evalkit.data.simulate import Simulation, simulate, write
from evalkit.data.simulation.matters import days_to_return
from evalkit.data.simulation.rates import BaseRates
from evalkit.data.simulation.scenarios import SCENARIOS
from evalkit.errors import ParamsError
from evalkit.params import load_study
from evalkit.plan import Study

ROOT = Path(__file__).parents[2]
PRE, POST = (2017, 2018, 2019), 2021
INDICATORS = ("K1", "K1_UTR", "R1", "U1")


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(ROOT / "params" / "study.yaml")


@pytest.fixture(scope="module")
def district(study: Study) -> Simulation:
    """The whole district, with the true effect."""
    return simulate(study, "S1", scale=1.0)


def _days(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text.where(text != ""))


# The indicators, written a second time in plain pandas from the extracts alone: one row per case
# with `y`, `treated` (the address on the day of receipt) and `year`.


def _measure(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    referral = tables["aktualisering"].set_index("aktualisering_id")
    workers = _workers(tables, referral)
    investigated = workers[workers.index.isin(tables["utredning"]["aktualisering_id"])]
    received = _days(referral["inkom_datum"]).dt.year
    spells, uptake = _spells(tables), _uptake(tables)
    return {
        "K1": _cases(referral, workers.index, workers, received[workers.index]),
        "K1_UTR": _cases(referral, investigated.index, investigated, received[investigated.index]),
        "R1": _cases(referral, spells["matter"], spells["y"], spells["closed"].dt.year),
        "U1": _cases(referral, uptake["matter"], uptake["y"], uptake["closed"].dt.year),
    }


def _cases(
    referral: pd.DataFrame, matter: pd.Series, y: pd.Series, year: pd.Series
) -> pd.DataFrame:
    treated = referral.loc[matter, "upptagningsomrade_vid_inkom"].to_numpy() == "ja"
    return pd.DataFrame(
        {"y": np.asarray(y, dtype=float), "treated": treated, "year": np.asarray(year)}
    )


def _workers(tables: dict[str, pd.DataFrame], referral: pd.DataFrame) -> pd.Series:
    lead = tables["tilldelning"].query("roll == 'huvud'")
    start, end = _days(lead["from"]), _days(lead["tom"])
    received = _days(referral.loc[lead["process_id"], "inkom_datum"]).to_numpy()
    short_cover = (lead["bytesorsak"] == "frånvaro") & ((end - start).dt.days + 1 < 28)
    counted = lead[~short_cover & ((start - received).dt.days <= 365)]
    return counted.groupby("process_id")["handlaggare_id"].nunique()


def _spells(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return closed spells, and whether the child's next one opens within 365 days."""
    every = tables["utredning"].assign(
        opened=lambda t: _days(t["inledd_datum"]), closed=lambda t: _days(t["avslutad_datum"])
    )
    every = every.sort_values(["barn_id", "opened", "aktualisering_id"])
    following = every.groupby("barn_id")["opened"].shift(-1)
    wait = (following - every["closed"]).dt.days
    left = tables["avgang"].set_index("barn_id")["datum"]
    gone = _days(every["barn_id"].map(left).fillna("")) <= every["closed"]
    ends = every["closed"].notna() & ~gone & ~(wait <= 14)
    rows = every.assign(matter=every["aktualisering_id"], y=wait <= 365)
    return rows[ends]


def _uptake(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    need = tables["behov"].query("bedomt_behov == 'ja'")["utredning_id"].unique()
    rows = tables["utredning"].set_index("utredning_id").loc[need]
    service = tables["insats"]
    service = service[~service["insatstyp"].str.startswith("placering") & (service["start"] != "")]
    first = _days(service["start"]).groupby(service["utredning_id"]).min()
    closed = _days(rows["avslutad_datum"])
    in_time = (first.reindex(need) - closed).dt.days <= 90
    return pd.DataFrame({"matter": rows["aktualisering_id"], "y": in_time, "closed": closed})


def _difference_in_differences(cases: pd.DataFrame) -> float:
    cases = cases[cases["year"].isin([*PRE, POST])]
    mean = cases.groupby(["treated", cases["year"] == POST])["y"].mean()
    return (mean[True, True] - mean[True, False]) - (mean[False, True] - mean[False, False])


def test_truth_with_pilot_is_what_extracts_show(district: Simulation) -> None:
    for indicator, cases in _measure(district.tables).items():
        truth = district.truth.of(indicator, str(POST))
        shown = cases[cases["treated"] & (cases["year"] == POST)]
        assert len(shown) == truth.n, indicator
        assert shown["y"].mean() == pytest.approx(truth.with_pilot, abs=1e-12), indicator


def test_difference_in_differences_finds_the_truth(study: Study) -> None:
    """Over 16 districts the mean error is within 2.5 of its own standard errors."""
    errors = []
    for seed in range(16):
        drawn = simulate(study.model_copy(update={"seed": seed}), "S1", scale=0.3)
        cases = _measure(drawn.tables)
        errors.append(
            [
                _difference_in_differences(cases[name]) - drawn.truth.of(name, str(POST)).effect
                for name in INDICATORS
            ]
        )
    mean, spread = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1) / np.sqrt(len(errors))
    for name, off, se in zip(INDICATORS, mean, spread, strict=True):
        assert abs(off) <= 2.5 * se, name
    # precise enough that an effect on continuity left out of the truth would be seen
    assert spread[INDICATORS.index("K1")] < 0.4 / 4
    assert spread[INDICATORS.index("K1_UTR")] < 1.2 / 4


def test_true_effects_are_those_of_the_scenario(district: Simulation) -> None:
    """About -1.2 and -0.45 caseworkers, -6 and +8 points; one draw, so within 3 of its sd."""
    truth = {name: district.truth.of(name, "2021") for name in INDICATORS}
    assert truth["K1_UTR"].effect == pytest.approx(-1.2, abs=0.27)
    assert truth["K1"].effect == pytest.approx(-0.45, abs=0.14)
    assert truth["R1"].effect == pytest.approx(-0.06, abs=0.05)
    assert truth["U1"].effect == pytest.approx(0.08, abs=0.075)


def test_without_effect_the_truth_is_zero(study: Study) -> None:
    truth = simulate(study, "S0", scale=0.1).truth
    assert {effect.period for effect in truth.effects} == {"2021", "2022", "pooled"}
    for effect in truth.effects:
        assert (effect.effect, effect.att, effect.spillover) == (0, 0, 0)
        assert effect.n > 0


@pytest.mark.parametrize("scenario", [scenario.id for scenario in SCENARIOS])
def test_contracts_hold(study: Study, tmp_path: Path, scenario: str) -> None:
    """In S0 and S1 at a size where most rules have something to break them."""
    for scale in (0.15,) if scenario in ("S0", "S1") else (0.04,):
        folder = tmp_path / scenario / "extracts"
        write(simulate(study, scenario, scale=scale), folder)
        report = contracts.check(folder, contracts.load(ROOT / "data_contracts"))
        assert report.ok, report.text()
        assert not [v for v in report.violations if v.file not in ("ekonomi.csv", "enkat.csv")]


def test_same_seed_same_bytes(study: Study, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(simulate(study, scale=0.05), tmp_path / name / "extracts")
    other = study.model_copy(update={"seed": study.seed + 1})
    write(simulate(other, scale=0.05), tmp_path / "other" / "extracts")
    one, two, third = (_files(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert len(one) == 23  # 22 extracts and the truth
    changed = {name for name in one if one[name] != third[name]}
    assert {"barn.csv", "aktualisering.csv", "tilldelning.csv", "truth.json"} <= changed


# Of the casework extracts before there were other scenarios; they are to stay byte for byte.
CASEWORK = (
    "aktualisering", "avgang", "barn", "behov", "boende", "erbjudande", "handlaggare", "insats",
    "rad_och_stod", "tilldelning", "utredning",
)  # fmt: skip
BEFORE = {
    "S0": "9ba74cbfb8ad4107d68d2c0cacbf649a692e6c168c37ea3a4887a3bb709efaaf",
    "S1": "6f255ebe512674daf6aafd40d149b1580f55ef22fae70d159f936ed52351d271",
}


@pytest.mark.parametrize("scenario", BEFORE)
def test_other_scenarios_left_the_first_two_alone(study: Study, scenario: str) -> None:
    tables = simulate(study, scenario, scale=0.05).tables
    digest = hashlib.sha256()
    for name in CASEWORK:
        digest.update(tables[name].to_csv(sep=";", index=False, lineterminator="\r\n").encode())
    assert digest.hexdigest() == BEFORE[scenario]


@pytest.mark.parametrize("scenario", ["S3", "S6", "S10"])
def test_what_the_pilot_brings_about_is_not_there_before_it(study: Study, scenario: str) -> None:
    """Until its first day the district is that of S1, matter for matter."""
    plain, other = (simulate(study, name, scale=0.1).tables for name in ("S1", scenario))
    columns = ["inkom_datum", "typ", "orsak", "beslut_datum", "beslut"]
    first = [
        table["aktualisering"].query("inkom_datum < '2019-10-01'")[columns]
        for table in (plain, other)
    ]
    assert first[0].equals(first[1])
    assert len(first[0])


def test_data_that_end_early_are_the_same_until_then(study: Study) -> None:
    whole, cut = (simulate(study, name, scale=0.1).tables for name in ("S1", "S12"))
    assert set(cut["aktualisering"]["utdrag_datum"]) == {"2022-09-30"}
    received = whole["aktualisering"].query("inkom_datum <= '2022-09-30'")["inkom_datum"]
    assert list(cut["aktualisering"]["inkom_datum"]) == list(received)
    for name, column in (("utredning", "avslutad_datum"), ("insats", "slut")):
        assert cut[name][column].max() <= "2022-09-30"


def test_scenarios_do_what_they_say(study: Study) -> None:
    """The size of each at full scale, read from the extracts in plain pandas."""
    drawn = {
        name: simulate(study, name).tables for name in ("S1", "S2", "S4", "S5", "S7", "S8", "S9")
    }

    def referrals(name: str) -> pd.DataFrame:
        return drawn[name]["aktualisering"].assign(
            inside=lambda t: t["upptagningsomrade_vid_inkom"] == "ja",
            year=lambda t: t["inkom_datum"].str[:4],
        )

    def inside(name: str, year: str) -> pd.DataFrame:
        return referrals(name).query("inside and year == @year")

    def young(name: str) -> float:
        return (_age(inside(name, "2021").merge(drawn[name]["barn"], on="barn_id")) < 6).mean()

    def closed_in_summer(name: str) -> float:
        done = drawn[name]["utredning"].query("enhet_id == 'PILOT'")["avslutad_datum"]
        return done.between("2022-06-01", "2022-08-31").sum()

    def reopened(name: str) -> float:
        team = drawn[name]["utredning"].sort_values(["barn_id", "inledd_datum"])
        following = _days(team.groupby("barn_id")["inledd_datum"].shift(-1).fillna(""))
        wait = (following - _days(team["avslutad_datum"])).dt.days
        return (wait <= 14)[team["enhet_id"] == "PILOT"].mean()

    def unrecorded(name: str) -> float:
        offer = drawn[name]["erbjudande"].query("svar == 'ej registrerat' or svar == 'nej'")
        return (offer["svar"] == "ej registrerat").mean()

    assert young("S2") > young("S1") + 0.2
    assert len(inside("S4", "2020")) < 0.75 * len(inside("S1", "2020"))
    assert len(inside("S4", "2019")) == len(inside("S1", "2019"))
    assert unrecorded("S5") > 0.75 > 0.5 > unrecorded("S1")
    assert closed_in_summer("S7") > 1.5 * closed_in_summer("S1")
    gone = [
        referrals(name).query("year == '2017' and beslut == 'inleds inte'") for name in ("S8", "S1")
    ]
    assert 0.35 < len(gone[0]) / len(gone[1]) < 0.45
    assert reopened("S9") > reopened("S1") + 0.15


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_the_owner_can_read(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "extracts"
    write(simulate(study, scale=0.02), folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [*folder.iterdir(), tmp_path / "truth.json"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.name for path in tmp_path.iterdir()} == {"extracts", "truth.json"}


def test_writing_again_replaces_only_its_own_files(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "extracts"
    first = simulate(study, scale=0.02)
    write(first, folder)
    (folder / "anteckning.txt").write_text("kvar")
    write(simulate(study, "S0", scale=0.02), folder)
    assert (folder / "anteckning.txt").read_text() == "kvar"
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["scenario"] == "S0"


def test_extracts_that_are_not_simulated_are_kept(study: Study, tmp_path: Path) -> None:
    (tmp_path / "extracts").mkdir()
    (tmp_path / "extracts" / "barn.csv").write_text("real")
    with pytest.raises(ParamsError, match=r"holds 1 extracts that were not simulated"):
        write(simulate(study, scale=0.02), tmp_path / "extracts")
    assert (tmp_path / "extracts" / "barn.csv").read_text() == "real"


def test_truth_file_says_what_the_simulation_says(study: Study, tmp_path: Path) -> None:
    drawn = simulate(study, scale=0.05)
    write(drawn, tmp_path / "extracts")
    stored = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert (stored["scenario"], stored["seed"], stored["scale"]) == ("S1", study.seed, 0.05)
    truth = drawn.truth.of("U1")
    assert stored["indicators"]["U1"]["pooled"]["effect"] == truth.effect
    assert truth.effect == pytest.approx(truth.att - truth.spillover)
    assert truth.att == pytest.approx(truth.with_pilot - truth.without_pilot)


def test_unknown_scenario_and_scale_are_refused(study: Study) -> None:
    with pytest.raises(ParamsError, match="no scenario 's1'"):
        simulate(study, "s1")
    with pytest.raises(ParamsError, match="scale"):
        simulate(study, scale=0)


# Base rates: the bands of the sources named in `BaseRates`.


def test_inflow_is_that_of_the_district(district: Simulation) -> None:
    referral = district.tables["aktualisering"]
    assert 16_000 <= len(referral) <= 20_500
    per_year = referral.groupby(referral["inkom_datum"].str[:4]).size()
    assert list(per_year.index) == [str(year) for year in range(2017, 2023)]
    assert 1.04 < (per_year["2021"] / per_year["2018"]) ** (1 / 3) < 1.11
    month = referral["inkom_datum"].str[5:7].value_counts()
    assert month.idxmin() == "07"
    assert set(month.nlargest(2).index) == {"05", "11"}
    treated = (referral["upptagningsomrade_vid_inkom"] == "ja").mean()
    assert 0.17 < treated < 0.23


def test_who_is_reported_and_why(district: Simulation) -> None:
    referral, child = district.tables["aktualisering"], district.tables["barn"]
    assert 0.53 < (child["kon"] == "pojke").mean() < 0.57
    age = _age(referral.merge(child, on="barn_id"))
    assert 0.62 < (age <= 12).mean() < 0.70
    assert 0 < (age > 17).mean() < 0.01
    assert 0.80 < (referral["typ"] == "anmälan").mean() < 0.86
    report = referral[referral["typ"] == "anmälan"]
    official = ["polis", "skola", "förskola", "hälso- och sjukvård"]
    assert 0.55 < report["anmalare"].isin(official).mean() < 0.68
    violence = referral["orsak"].str.startswith("våld").mean()
    assert 0.15 < violence < 0.25
    family = child.set_index("barn_id")["familj_id"]
    report_of = referral.groupby([referral["barn_id"].map(family), "inkom_datum"]).size()
    assert 1.35 < report_of.mean() < 1.7


def _age(rows: pd.DataFrame) -> pd.Series:
    """Return whole years at receipt, the month of birth counted as reached."""
    received, born = _days(rows["inkom_datum"]), _days(rows["fodelsemanad"] + "-01")
    months = (received.dt.year - born.dt.year) * 12 + received.dt.month - born.dt.month
    return months // 12


def test_screening_and_investigation(district: Simulation) -> None:
    referral, investigation = district.tables["aktualisering"], district.tables["utredning"]
    assert 0.33 < (referral["beslut"] == "utredning inleds").mean() < 0.43
    own = referral[referral["beslut"].isin(["utredning inleds", "inleds inte"])]
    screening = (_days(own["beslut_datum"]) - _days(own["inkom_datum"])).dt.days
    assert 7 <= screening.median() <= 9
    assert 0.15 < (screening > 14).mean() < 0.25
    closed = investigation[investigation["avslutad_datum"] != ""]
    opened, done = _days(closed["inledd_datum"]), _days(closed["avslutad_datum"])
    assert 95 < (done - opened).dt.days.median() < 110
    assert 0.14 < (done > opened + pd.DateOffset(months=4)).mean() < 0.34


def test_returns(district: Simulation) -> None:
    spells = _spells(district.tables)
    line = _measure(district.tables)["R1"].query("year < 2022 and not treated")
    assert 0.20 < line["y"].mean() < 0.27
    investigation = spells.sort_values(["barn_id", "opened"])
    wait = (investigation.groupby("barn_id")["opened"].shift(-1) - investigation["closed"]).dt.days
    wait = wait[(wait <= 365) & (spells["closed"].dt.year < 2022)]
    assert 110 < wait.median() < 155  # half within four to five months
    assert wait.min() > 14


def test_support(district: Simulation) -> None:
    tables = district.tables
    need = tables["behov"]
    assert 0.50 < (need.groupby("utredning_id")["bedomt_behov"].first() == "ja").mean() < 0.62
    suitable = need.query("bedomt_behov == 'ja'")["passande_insats_finns"]
    assert 0.80 < (suitable == "ja").mean() < 0.90
    service = tables["insats"]
    helped = tables["utredning"]["utredning_id"].isin(service["utredning_id"])
    assert 0.30 < helped.mean() < 0.45
    ended = service[~service["insatstyp"].str.startswith("placering") & (service["slut"] != "")]
    assert 0.65 < (ended["slutorsak"] == "fullföljd").mean() < 0.75
    assert 0 < service["insatstyp"].str.startswith("placering").mean() < 0.10


def test_the_line_is_a_chain_and_the_team_is_not(district: Simulation) -> None:
    lead = district.tables["tilldelning"].query("roll == 'huvud'")
    unit = district.tables["aktualisering"].set_index("aktualisering_id")["enhet_id"]
    lead = lead.assign(team=(unit[lead["process_id"]] == "PILOT").to_numpy())
    whole = lead[lead["process_id"].isin(lead.query("fas == 'INSATS'")["process_id"])]
    workers = whole.groupby(["team", "process_id"])["handlaggare_id"].nunique()
    assert workers[False].min() >= 3
    assert 3.2 <= workers[False].mean() <= 4.0
    assert 1.3 <= workers[True].mean() <= 2.1
    open_team = lead[lead["team"] & (lead["from"] < "2022-09-01")]
    assert not (open_team["bytesorsak"] == "enhetsgräns").any()
    after = lead[lead["bytesorsak"] == "projektavslut"]
    assert len(after)
    assert after["from"].min() == "2022-09-01"


def test_the_pilot_takes_most_of_its_area_and_little_else(district: Simulation) -> None:
    referral = district.tables["aktualisering"]
    running = referral["inkom_datum"].between("2020-01-01", "2022-08-31")
    team = referral["enhet_id"] == "PILOT"
    inside = referral["upptagningsomrade_vid_inkom"] == "ja"
    assert not team[~running].any()
    assert 0.86 < team[running & inside].mean() < 0.94
    assert 0.015 < team[running & ~inside].mean() < 0.045


def test_nobody_is_reported_before_birth(district: Simulation) -> None:
    rows = district.tables["aktualisering"].merge(district.tables["barn"], on="barn_id")
    assert _age(rows).min() >= 0


def test_nobody_returns_after_leaving(district: Simulation) -> None:
    left = _days(district.tables["avgang"].set_index("barn_id")["datum"])
    for table, column in (("aktualisering", "inkom_datum"), ("utredning", "inledd_datum")):
        rows = district.tables[table]
        late = _days(rows[column]) >= rows["barn_id"].map(left)
        assert not late.any(), table


def test_ids_cannot_be_taken_for_a_personnummer(district: Simulation) -> None:
    number = re.compile(r"\d{6,8}[-+]?\d{4}")
    for name, table in district.tables.items():
        for column in table:
            assert not table[column].astype(str).str.contains(number).any(), (name, column)
    assert district.tables["barn"]["barn_id"].str.fullmatch(r"B\d{6}").all()
    assert district.tables["aktualisering"]["aktualisering_id"].str.fullmatch(r"R\d{7}").all()


def test_chance_of_return_is_that_within_365_days() -> None:
    """At the quantile of its own chance the wait is exactly 365 days, and a lower one is longer."""
    rates = BaseRates()
    chance = np.array([0.1, 0.25, 0.6])
    assert days_to_return(chance - 1e-9, chance, rates).tolist() == [365] * 3
    assert (days_to_return(chance + 1e-3, chance, rates) > 365).all()
    u = np.linspace(0.001, 0.999, 99)
    sooner, later = (days_to_return(u, np.full(99, p), rates) for p in (0.25, 0.19))
    assert (later >= sooner).all()
    assert sooner.min() > rates.at_once_days
