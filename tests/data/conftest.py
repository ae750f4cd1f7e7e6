"""A small world: two children, valid extracts of every kind, and a way to spoil them."""

import csv
import io
import re
from pathlib import Path

import pytest

from evalkit.data import contracts

ROOT = Path(__file__).parents[2]
Rows = list[dict[str, str]]


def _table(header: str, *lines: str) -> Rows:
    names = header.split(";")
    return [dict(zip(names, line.split(";"), strict=True)) for line in lines]


def _world() -> dict[str, Rows]:
    return {
        "barn": _table(
            "barn_id;familj_id;kon;fodelsemanad;ensamkommande;skyddade_uppgifter;forsta_kannedom_datum",
            "B001;F001;flicka;2010-05;nej;nej;2018-01-02",
            "B002;F002;pojke;2008-11;nej;nej;",
        ),
        "boende": _table(
            "barn_id;from;tom;stadsdel;basomrade;i_upptagningsomrade",
            "B001;2010-05-01;2019-12-31;Grimsta;;nej",
            "B001;2020-01-01;;Vällingby;;ja",
            "B002;2008-11-01;;Grimsta;;nej",
        ),
        "omradeskarta": _table(
            "stadsdel;pilot;from;tom", "Vällingby;ja;2000-01-01;", "Grimsta;nej;2000-01-01;"
        ),
        "aktualisering": _table(
            "aktualisering_id;barn_id;inkom_datum;typ;anmalare;orsak;skyddsbedomning_datum;"
            "beslut_datum;beslut;enhet_id;upptagningsomrade_vid_inkom",
            "A001;B001;2021-02-01;anmälan;skola;våld mot barn;2021-02-01;2021-02-10;"
            "utredning inleds;E1;ja",
            "A002;B002;2021-03-01;ansökan;vårdnadshavare;konflikt;;;;E2;nej",
        ),
        "utredning": _table(
            "utredning_id;barn_id;aktualisering_id;inledd_datum;avslutad_datum;forlangd;"
            "tidsplanerad;planerat_slut;niva;irisk_anvant;standardiserat_instrument;skolkontakt;"
            "resultat;enhet_id",
            "U001;B001;A001;2021-02-10;2021-05-20;nej;ja;2021-06-01;2;nej;nej;ja;insats;E1",
            "U002;B002;A002;2021-03-10;;nej;nej;;ej satt;nej;nej;nej;;E2",
        ),
        "behov": _table(
            "utredning_id;omrade;bedomt_behov;passande_insats_finns",
            "U001;barnets utveckling;ja;ja",
            "U001;familj och miljö;nej;okänt",
        ),
        "erbjudande": _table(
            "erbjudande_id;barn_id;utredning_id;insatstyp;erbjuden_datum;svar;svar_datum;vem_nej;"
            "skal;motivationsarbete",
            "O001;B001;U001;Project Support;2021-05-01;ja;2021-05-03;;;nej",
            "O002;B002;;familjebehandling;2021-04-01;nej;2021-04-01;vårdnadshavare;fel tid;ja",
        ),
        "insats": _table(
            "insats_id;barn_id;utredning_id;beslut_datum;insatstyp;lagrum;start;slut;slutorsak;"
            "utforare;niva",
            "I001;B001;U001;2021-05-20;Project Support;SoL;2021-06-01;2021-12-01;fullföljd;pilot;2",
            "I002;B002;;;flexibelt stöd;SoL;2021-04-02;;;linje;ej satt",
        ),
        "rad_och_stod": _table(
            "ros_id;barn_id;datum;enhet_id;antal_tillfallen;resultat",
            "S001;;2021-01-15;E1;3;avslut",
        ),
        "handlaggare": _table(
            "handlaggare_id;anst_start;anst_slut;anstallningsform;erfarenhet_klass",
            "H001;2015-01-01;;tillsvidare;>5",
            "H002;2019-01-01;2022-03-31;konsult;1–3",
        ),
        "tilldelning": _table(
            "tilldelning_id;barn_id;process_id;fas;handlaggare_id;roll;from;tom;bytesorsak",
            "T001;B001;A001;FB;H001;huvud;2021-02-01;2021-02-10;",
            "T002;B001;A001;FB;H002;huvud;2021-02-10;2021-02-11;frånvaro",
            "T003;B002;A002;FB;H002;huvud;2021-03-01;;",
        ),
        "avgang": _table("barn_id;datum;typ", "B002;2022-06-30;flytt"),
        "handelse": _table("datum;typ;grupp;text", "2020-03-01;omvärld;båda;Pandemin"),
        "enkat": _table(
            "matning;enhet;fraga;medel;n;sd;reparerad", "2021-03-01;Enhet ett;1;5,3;12;1,25;ja"
        ),
        "ekonomi": _table(
            "ar;finansiar;sida;post;belopp;status",
            "2021;LUM;intäkt;beviljat belopp;500;redovisad",
            "2021;egen;intäkt;egen insats;;saknas",
            "2021;-;intäkt;summa intäkter;500;redovisad",
        ),
    }


class World:
    """The small world's rows by extract, open to change, its folder and its contracts."""

    def __init__(self, folder: Path, contract_set: tuple[contracts.Contract, ...]) -> None:
        self.folder = folder
        self.contract_set = contract_set
        self.rows = _world()
        for rows in self.rows.values():
            for row in rows:
                row |= {"utdrag_datum": "2022-12-31", "kallsystem": "Testsystem"}
        folder.mkdir()

    def text(self, name: str, rows: Rows | None = None) -> str:
        """Return one extract as the rows are now, or with `rows` in their place."""
        stream = io.StringIO()
        header = list(self.rows[name][0])
        writer = csv.DictWriter(stream, header, delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.rows[name] if rows is None else rows)
        return stream.getvalue()

    def write(self) -> Path:
        """Write every extract, as the rows are now."""
        for name in self.rows:
            (self.folder / f"{name}.csv").write_bytes(self.text(name).encode())
        return self.folder

    def check(self, name: str, raw: bytes | None = None) -> contracts.ContractReport:
        """Check one extract, as it is now or as `raw`, beside those that its rules need."""
        needed = self.needed(name)
        for contract in needed:
            other = contract.file.removesuffix(".csv")
            (self.folder / contract.file).write_bytes(self.text(other).encode())
        if raw is not None:
            (self.folder / f"{name}.csv").write_bytes(raw)
        return contracts.check(self.folder, needed)

    def needed(self, name: str) -> tuple[contracts.Contract, ...]:
        """Return the contract of one extract, and those that it leads to."""
        by_table = {contract.table: contract for contract in self.contract_set}
        found = [next(c for c in self.contract_set if c.file == f"{name}.csv")]
        for contract in found:
            words = [word for column in contract.columns for word in _words(column)]
            found += [by_table[w] for w in by_table if w in words and by_table[w] not in found]
        return tuple(found)


def _words(column: contracts.Column) -> list[str]:
    rules = " ".join(rule.query for rule in column.rules)
    return [*re.findall(r"(?<=FROM )\w+", rules), (column.references or "").partition(".")[0]]


@pytest.fixture(scope="session")
def contract_set() -> tuple[contracts.Contract, ...]:
    return contracts.load(ROOT / "data_contracts")


@pytest.fixture
def world(tmp_path: Path, contract_set: tuple[contracts.Contract, ...]) -> World:
    return World(tmp_path / "uttag", contract_set)
