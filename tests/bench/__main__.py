"""`make bench`: every bench in turn, each in a process of its own, and the page of what they found.

    python -m tests.bench [--quick] [--only NAME ...] [--folder FOLDER]

Machines differ and are noisy: compare the ratios within one run, not the seconds. Without
`--quick` or `--only` the page becomes docs/benchmarks.md; else it is left beside the figures.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What each is given by --quick, to see that it works and what the page looks like.
BENCHES = {
    "stages": [],
    "estimation": ["--rows", "10000", "100000"],
    "resampling": ["--areas", "10"],
    "scale": ["100000"],
    "checking": ["--rows", "5000", "--times", "1"],
    "batch": ["--periods", "1"],
}


def run(module: str, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", f"tests.bench.{module}", *arguments]
    sys.stdout.write(f"{module}\n")
    sys.stdout.flush()
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="run the benches and write their page")
    parser.add_argument("--quick", action="store_true", help="small, to see the page")
    parser.add_argument("--only", nargs="+", choices=BENCHES, default=list(BENCHES))
    parser.add_argument("--folder", type=Path, default=ROOT / "outputs" / "bench")
    given = parser.parse_args()
    folder = given.folder.resolve()
    for name in given.only:
        run(name, "--json", str(folder / f"{name}.json"), *(BENCHES[name] if given.quick else ()))
    whole = not given.quick and given.only == list(BENCHES)
    run("page", "--found", str(folder), "--to", str(ROOT / "docs" if whole else folder))


if __name__ == "__main__":
    main()
