"""Checking extracts: evalkit beside frictionless and datacontract-cli, on the same files.

    EVALKIT_PEERS=PYTHON python -m tests.bench.checking [--rows N] [--times N] [--json FILE]

EVALKIT_PEERS is an interpreter that has `frictionless` and `datacontract-cli[duckdb]`; without it
they are left out. The runs are interleaved, and medians and ratios are told. What each checks:

- evalkit: the contracts whole, reading included: form of the file, types, codes, keys, foreign
  keys, every rule in SQL, what points at persons, what looks wrong.
- frictionless: types, required, patterns, codes, least values, keys and foreign keys. Not the
  rules in SQL, nor persons.
- datacontract-cli: columns, required, patterns, codes, least values and keys, after DuckDB has
  guessed how the file is written and of which types it is. Not foreign keys; and not the rules in
  SQL, which name tables and columns as the code does. Two files with decimal commas it cannot
  read: their 55 checks that it leaves undone are counted beside its two failures.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from evalkit.data import contracts, simulate
from evalkit.data.contracts import Column, Contract
from evalkit.params import load_study
from tests.bench.measuring import Record, options, tell

ROOT = Path(__file__).parents[2]
ROWS_AT_SCALE_1 = 110_000
MEASURED = ("cpu", "wall", "peak_mb", "import", "faults")
PEERS = os.environ.get("EVALKIT_PEERS", "")


def prepare(folder: Path, rows: int) -> int:
    """Write the extracts, and the same contracts for each program; return how many rows."""
    made = simulate.simulate(
        load_study(ROOT / "params" / "study.yaml"), scale=rows / ROWS_AT_SCALE_1
    )
    simulate.write(made, folder / "extracts")
    (folder / "contracts").symlink_to(ROOT / "data_contracts")
    loaded = contracts.load(ROOT / "data_contracts")
    present = [c for c in loaded if (folder / "extracts" / c.file).exists()]
    package = {"resources": [resource_of(contract, present) for contract in present]}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / "plain").mkdir()
    for contract in present:
        source = ROOT / "data_contracts" / contract.source
        plain = without_rules(yaml.safe_load(source.read_text(encoding="utf-8")))
        place = str(folder / "extracts" / contract.file)
        plain["servers"] = [
            {"server": "local", "type": "local", "path": place, "format": "csv",
             "delimiter": contract.delimiter}
        ]  # fmt: skip
        text = yaml.safe_dump(plain, allow_unicode=True)
        (folder / "plain" / contract.source).write_text(text, encoding="utf-8")
    return sum(len((folder / "extracts" / c.file).read_bytes().splitlines()) - 1 for c in present)


def resource_of(contract: Contract, present: list[Contract]) -> dict:
    """Return a contract as a Table Schema resource."""
    by_table = {other.table: other for other in present}
    keys = [
        {
            "fields": [column.header],
            "reference": {"resource": table, "fields": [by_table[table].column(key).header]},
        }
        for column in contract.columns
        for table, _, key in [(column.references or "").partition(".")]
        if table in by_table
    ]
    schema = {
        "fields": [field_of(column, contract) for column in contract.columns],
        "primaryKey": [contract.column(name).header for name in contract.key],
        "foreignKeys": keys,
        "missingValues": [""],
    }
    return {
        "name": contract.table,
        "path": f"extracts/{contract.file}",
        "encoding": "utf-8",
        "dialect": {"csv": {"delimiter": contract.delimiter}},
        "schema": schema,
    }


def field_of(column: Column, contract: Contract) -> dict:
    limits = {"required": column.required, "pattern": column.pattern, "minimum": column.minimum,
              "maximum": column.maximum, "enum": list(column.codes)}  # fmt: skip
    field = {"name": column.header, "type": column.kind}
    if column.kind == "number":
        field["decimalChar"] = contract.decimal
    return field | {"constraints": {name: limit for name, limit in limits.items() if limit}}


def without_rules(raw: dict) -> dict:
    """Return a contract that datacontract-cli can carry out: as the file names things, no SQL."""
    table = raw["schema"][0]
    table["name"] = table["physicalName"]
    for column in table["properties"]:
        column["name"] = column["physicalName"]
        column.pop("quality", None)
        column.pop("relationships", None)
    return raw


def run(program: str, folder: Path) -> Record:
    interpreter = sys.executable if program == "evalkit" else PEERS
    command = [interpreter, "-W", "ignore", str(Path(__file__).with_name("checkers.py"))]
    path = {"PYTHONPATH": str(ROOT)} if program == "evalkit" else {"PYTHONPATH": ""}
    done = subprocess.run(
        [*command, program, str(folder)], capture_output=True, text=True, env=os.environ | path
    )
    if done.returncode:
        raise SystemExit(f"{program}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compared(rows: int, times: int) -> list[Record]:
    """Check the same files with each program by turns; return the medians of what they cost."""
    programs = ["evalkit", "frictionless", "datacontract"] if PEERS else ["evalkit"]
    found: dict[str, list[Record]] = {program: [] for program in programs}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written = prepare(folder, rows)
        for _ in range(times):
            for program in programs:
                found[program].append(run(program, folder))
    return [
        {"bench": "checking", "case": program, "rows": written, "times": times}
        | {key: statistics.median(run[key] for run in runs) for key in MEASURED}
        | {"version": runs[0]["version"]}
        for program, runs in found.items()
    ]


def main() -> None:
    given = options("checking extracts", rows=(100_000,), times=(3,))
    records = [record for rows in given.rows for record in compared(rows, given.times[0])]
    if not PEERS:
        missing = "EVALKIT_PEERS is not set"
        for name in ("frictionless", "datacontract"):
            records.append({"bench": "checking", "case": name, "absent": missing})
    tell(records, given.json)


if __name__ == "__main__":
    main()
