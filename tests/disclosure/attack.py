"""`make attack`: many random districts, attacked as the tests attack a few.

python -m tests.disclosure.attack [districts] [first seed]
"""

import sys
import time
from pathlib import Path

from joblib import Parallel, delayed

sys.path.insert(0, str(Path(__file__).parent))  # as pytest has it

from product import Lean, Outcome, PrimaryOnly, attacked

from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]


COMPARED = 5  # one district in so many is attacked with primary suppression alone too


def attack_one(seed: int) -> tuple[Outcome, Outcome | None, float]:
    """Return what an attack found, what it found with primary suppression alone, and the time."""
    study = load_study(ROOT / "params" / "study.yaml")
    periods, begun = load_periods(study), time.process_time()
    with Lean():
        both = attacked(study, periods, seed)
        spent = time.process_time() - begun
        primary = None
        if seed % COMPARED == 0:
            with PrimaryOnly():
                primary = attacked(study, periods, seed)
    sys.stdout.write(f"district {seed}: {len(both.found)} of {both.protected} protected counts\n")
    sys.stdout.flush()
    return both, primary, spent


def main(districts: int, first: int) -> int:
    """Attack the districts, print what was found, and return 1 if anything was."""
    done = Parallel(n_jobs=-1)(delayed(attack_one)(first + place) for place in range(districts))
    both, primary = [one for one, _, _ in done], [one for _, one, _ in done if one]

    def total(outcomes: list[Outcome], name: str) -> int:
        return sum(getattr(one, name) for one in outcomes)

    places = total(both, "places")
    found = [one for outcome in both for one in outcome.found]
    lines = [
        f"{districts} districts, three linked reports each, from seed {first}",
        f"protected counts: {total(both, 'protected')}; statements read from the pages: "
        f"{total(both, 'statements')}, wrongly: {total([*both, *primary], 'wrong')}, of counts "
        f"that are in no ledger: {total([*both, *primary], 'unknown')}",
        f"recovered: {total(both, 'recovered')}; narrowed: {len(found)}",
        f"places kept back: {total(both, 'gone') / places:.1%} of {places}; "
        f"outright protected: {total(both, 'primary') / places:.1%}",
        "primary suppression alone: counts recovered in "
        f"{sum(one.recovered > 0 for one in primary)} of {len(primary)} districts; of "
        f"{total(primary, 'protected')} protected counts {total(primary, 'recovered')} recovered, "
        f"{sum(len(one.found) for one in primary)} narrowed",
        f"{sum(spent for _, _, spent in done):.0f} CPU seconds with protection",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(found) or total(both, "wrong") > 0)


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*[*given, *(200, 0)[len(given) :]]))
