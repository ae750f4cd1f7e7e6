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


def attack_one(seed: int) -> tuple[Outcome | None, Outcome | None, float]:
    """Return what an attack found, what it found with primary suppression alone, and the time.

    None for a district whose report stopped, which is told of.
    """
    study = load_study(ROOT / "params" / "study.yaml")
    periods, begun = load_periods(study), time.process_time()
    primary = None
    try:
        with Lean():
            both = attacked(study, periods, seed)
            spent = time.process_time() - begun
            if seed % COMPARED == 0:
                with PrimaryOnly():
                    primary = attacked(study, periods, seed)
    except Exception as error:  # one district must not take the others with it
        tell(f"district {seed}: stopped: {error!r}")
        return None, None, time.process_time() - begun
    tell(f"district {seed}: {len(both.found)} of {both.protected} protected counts found")
    return both, primary, spent


def main(districts: int, first: int) -> int:
    """Attack the districts, print what was found, and return 1 if anything was, or stopped."""
    done = Parallel(n_jobs=-1)(delayed(attack_one)(first + place) for place in range(districts))
    both = [one for one, _, _ in done if one]
    primary = [one for _, one, _ in done if one]

    def total(outcomes: list[Outcome], name: str) -> int:
        return sum(getattr(one, name) for one in outcomes)

    places = total(both, "places")
    found = [one for outcome in both for one in outcome.found]
    tell(f"{districts} districts, three linked reports each, from seed {first}; "
         f"{districts - len(both)} stopped")  # fmt: skip
    tell(f"protected counts: {total(both, 'protected')}; statements read from the pages: "
         f"{total(both, 'statements')}, wrongly: {total([*both, *primary], 'wrong')}, of counts "
         f"that are in no ledger: {total([*both, *primary], 'unknown')}")  # fmt: skip
    tell(f"recovered: {total(both, 'recovered')}; narrowed: {len(found)}")
    tell(f"places kept back: {total(both, 'gone') / places:.1%} of {places}; "
         f"outright protected: {total(both, 'primary') / places:.1%}")  # fmt: skip
    tell("primary suppression alone: counts recovered in "
         f"{sum(one.recovered > 0 for one in primary)} of {len(primary)} districts; of "
         f"{total(primary, 'protected')} protected counts {total(primary, 'recovered')} "
         f"recovered, {sum(len(one.found) for one in primary)} narrowed")  # fmt: skip
    tell(f"{sum(spent for _, _, spent in done):.0f} CPU seconds with protection")
    return int(bool(found) or len(both) < districts or total(both, "wrong") > 0)


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*[*given, *(200, 0)[len(given) :]]))
