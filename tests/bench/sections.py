"""The page's sections: records of one bench in, markdown and a picture out."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from tests.bench.measuring import (
    BY_HAND,
    COMMANDS,
    COMMANDS_COLD,
    OUR_RUN,
    OUR_RUN_COLD,
    OURS,
    Record,
)
from tests.bench.pictures import bars, growth, short

PICTURES = "benchmarks"
# Of `scale`: what is told beside what.
BESIDE = (
    ("extracts to cells", "scan as text"),
    ("extracts to cells", "scan with types"),
    ("pandas", "ours for pandas"),
)


def batch(records: Sequence[Record], folder: Path) -> str:
    ours = _of(records, OUR_RUN)
    seconds = {record["case"]: record["cpu"] for record in records}
    bars(folder / "batch.svg", seconds, [name for name in seconds if "our run" in name], "A batch")
    rows = [
        (r["case"], short(r["cpu"]), short(r["wall"]), _times(r["cpu"], ours["cpu"]))
        for r in records
    ]
    table = _table(("", "CPU s", "wall s", "CPU beside our run"), rows)
    theirs = [
        _times(seconds[command], seconds[run])
        for command, run in ((COMMANDS, OUR_RUN), (COMMANDS_COLD, OUR_RUN_COLD))
    ]
    return (
        f"The demo at full size: every chapter of {ours['periods']} periods; one run of each. The "
        "commands, and the chapters each as it stands, were timed on one period and counted as "
        "often as there are periods. The commands give the pages of the chapters; our run gives "
        "the report, with its disclosure gate and the checks of its pages. With cells there the "
        f"commands take {theirs[0]} the CPU of our run; without, where both make them once, "
        f"{theirs[1]}."
        f"\n\n{_picture('batch', 'CPU seconds of each way')}\n\n{table}"
    )


def estimation(records: Sequence[Record], folder: Path) -> str:
    lines = {
        case: [(r["rows"], r["cpu"]) for r in several]
        for case, several in _by_case(records).items()
    }
    growth(folder / "estimation.svg", {"CPU seconds from rows to estimate": lines})
    rows, nearest = [], []
    for count in dict.fromkeys(record["rows"] for record in records):
        fits = [record for record in records if record["rows"] == count]
        ours = _of(fits, OURS)
        rows += [(f"{count:,}", *_beside(fit, ours), f"{fit['apart']:.0e}") for fit in fits]
        library = min(
            (fit for fit in fits if fit["case"] not in (OURS, BY_HAND)), key=lambda fit: fit["cpu"]
        )
        nearest.append(
            f"at {count:,} rows {_times(library['cpu'], ours['cpu'])} the CPU time and "
            f"{_times(library['wall'], ours['wall'])} the wall time ({library['case']})"
        )
    headers = ("rows", "", *COSTS, "coefficient apart")
    return (
        "The two-way effect with errors clustered by area, from the rows of fifteen areas and "
        f"twenty years; medians of {records[0]['times']} interleaved fits. Coefficients and errors "
        "agree to 1e-10, or nothing is timed (the two that count the areas among the parameters "
        f"are put on the others' count). What the fastest library takes beside ours: "
        f"{'; '.join(nearest)}. Summing by hand is our way in few lines of other tools, and comes "
        "nearer.\n\n"
        f"{_picture('estimation', 'CPU seconds against rows')}\n\n{_table(headers, rows)}"
    )


def resampling(records: Sequence[Record], folder: Path) -> str:
    rows = []
    for record in records:
        same = [r for r in records if all(r[k] == record[k] for k in ("areas", "source"))]
        error = _monte_carlo(record)
        p_value = f"{record['p_value']:.5f}" + (f" ± {error:.5f}" if error else "")
        costs = _beside(record, _of(same, OURS))
        rows.append((str(record["areas"]), f"{record['rows']:,} {record['source']}", *costs,
                     f"{record['draws']:,}", p_value))  # fmt: skip
    headers = ("areas", "from", "", *COSTS, "resamples", "p")
    return (
        "The wild cluster bootstrap of the effect, signs by area, 9,999 resamples asked for; three "
        "areas treated. Where the combinations of signs are fewer than that, everybody goes "
        "through them all; evalkit always does, and above fifteen areas gives no such p-value. "
        "Over all signs the p-values are the same but for the two draws that tie with the sample, "
        "or nothing is timed; ± is the Monte Carlo error of those that draw. Medians of "
        f"{records[0]['times']} interleaved runs, the regression included.\n\n"
        f"{_table(headers, rows)}"
    )


def scale(records: Sequence[Record], folder: Path) -> str:
    several = _by_case(records)
    panels = {
        title: {
            name: [(one["rows"], one[key]) for one in grown if one.get(key)]
            for name, grown in several.items()
            if any(one.get(key) for one in grown)
        }
        for title, key in (("CPU seconds", "cpu"), ("Peak memory, MB", "peak_mb"))
    }
    growth(folder / "scale.svg", panels)
    rows = [
        (r["case"], f"{r['rows']:,}", *(short(r[k]) if r.get(k) is not None else ""
         for k in ("cpu", "wall", "peak_mb")))
        for r in records
    ]  # fmt: skip
    slopes = [
        (name, *(f"{slope:.2f}" if (slope := _slope(panel.get(name, ()))) else ""
         for panel in panels.values()))
        for name in several
    ]  # fmt: skip
    return (
        "From extracts to cells, against the rows of assignments. A slope of 1 is growth in "
        "proportion to the rows, 0 none at all (least squares of the logarithms).\n\n"
        f"{_picture('scale', 'CPU seconds and memory against rows')}\n\n"
        f"{_table(('', 'rows', 'CPU s', 'wall s', 'peak MB'), rows)}\n\n"
        f"{_table(('', 'slope of CPU s', 'slope of peak MB'), slopes)}\n\n"
        f"{_table(('CPU time at the most rows', ''), _compared(records))}"
    )


def _compared(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return how many times the CPU of one case another took, at the most rows of both."""
    most = {record["case"]: record["cpu"] for record in records}  # the last is of the most rows
    counts = max(record.get("counts", 0) for record in records)  # as many at each size
    each = f"one of {counts} counts"
    if counts:
        most[each] = most["count"] / counts
    return [
        (f"{one} beside {other}", _times(most[one], most[other]))
        for one, other in (*BESIDE, (each, "scan as text"))
        if one in most and other in most
    ]


def checking(records: Sequence[Record], folder: Path) -> str:
    most = max(record["rows"] for record in records)
    seconds = {r["case"]: r["cpu"] for r in records if r["rows"] == most}
    bars(folder / "checking.svg", seconds, [OURS], f"Checking {most:,} rows")
    rows = []
    for r in records:
        ours = _of([one for one in records if one["rows"] == r["rows"]], OURS)
        named = r | {"case": f"{r['case']} {r['version']}".strip()}
        rows.append(
            (f"{r['rows']:,}", *_beside(named, ours), short(r["import"]), f"{r['faults']:g}")
        )
    headers = ("rows", "", *COSTS, "import s", "faults found")
    return (
        f"The same extracts, medians of {records[0]['times']} interleaved runs in processes of "
        "their own, imports not counted. `tests/bench/checking.py` says what each checks: evalkit "
        "alone carries out the rules in SQL, and looks for persons.\n\n"
        f"{_picture('checking', 'CPU seconds of each program')}\n\n{_table(headers, rows)}"
    )


def stages(records: Sequence[Record], folder: Path) -> str:
    rows = [(r["case"], *(short(r[k]) for k in ("cpu", "wall", "peak_mb"))) for r in records]
    return (
        "The demo at full size, each stage once, all in one process; memory is what the stage took "
        f"beyond what was held before it.\n\n{_table(('', 'CPU s', 'wall s', 'MB'), rows)}"
    )


# In the page's order: title, what makes the figures, what tells them.
SECTIONS: dict[str, tuple[str, Callable[[Sequence[Record], Path], str]]] = {
    "batch": ("The batch", batch),
    "estimation": ("The estimate from rows", estimation),
    "resampling": ("9,999 resamples", resampling),
    "scale": ("Extracts to cells", scale),
    "checking": ("Checking extracts", checking),
    "stages": ("Stage by stage", stages),
}
COSTS = ("CPU s", "beside ours", "wall s", "beside ours", "MB")


def _beside(record: Record, ours: Record) -> tuple[str, ...]:
    return (
        record["case"], short(record["cpu"]), _times(record["cpu"], ours["cpu"]),
        short(record["wall"]), _times(record["wall"], ours["wall"]), short(record["peak_mb"]),
    )  # fmt: skip


def _by_case(records: Sequence[Record]) -> dict[str, list[Record]]:
    names = dict.fromkeys(record["case"] for record in records)
    return {name: [r for r in records if r["case"] == name] for name in names}


def _of(records: Iterable[Record], case: str) -> Record:
    return next(record for record in records if record["case"] == case)


def _times(other: float, ours: float) -> str:
    ratio = other / ours
    return f"{ratio:.0f} x" if ratio >= 10 else f"{ratio:.2g} x"


def _monte_carlo(record: Record) -> float:
    """Return the standard error that drawing at random gives a p-value; 0 over all signs."""
    p_value, draws = record["p_value"], record["draws"]
    drawn = draws < 2 ** record["areas"]
    return float(np.sqrt(p_value * (1 - p_value) / draws)) if drawn else 0.0


def _slope(points: Sequence[tuple[float, float]]) -> float:
    if len(points) < 2:
        return 0.0
    return float(np.polyfit(*np.log(np.array(points)).T, 1)[0])


def _picture(name: str, told: str) -> str:
    return f"![{told}]({PICTURES}/{name}.svg)"


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
