"""The interviews with clients: how many were asked, and what they spoke of, as counts."""

from collections.abc import Iterable

import pandas as pd

STEPS = ("asked", "reached", "consented", "done")
CODERS = ("A", "B")


def flow(interviews: pd.DataFrame) -> pd.DataFrame:
    """Return how many came to each step.

    Parameters
    ----------
    interviews : one row per person asked, with `asked_on` (a day) and `reached`, `consented` and
        `done` as ja or nej.

    Returns
    -------
    One row per step: `step`, `n`, and `last_asked`, the last day on which anybody was asked.
    """
    counts = [len(interviews), *((interviews[step] == "ja").sum() for step in STEPS[1:])]
    last = pd.to_datetime(interviews["asked_on"]).max()
    return pd.DataFrame({"step": STEPS, "n": [int(n) for n in counts], "last_asked": last})


def themes(codes: pd.DataFrame, known: Iterable[str]) -> pd.DataFrame:
    """Return how many interviews touch each theme, and how two coders agree on it.

    Parameters
    ----------
    codes : one row per interview, coder and theme found: `interview_id`, `coder`, `theme`,
        `valence`.
    known : every theme of the code frame, so that one that nobody found is there too.

    Returns
    -------
    One row per theme: `interviews` (that the first coder coded with it), `positive`, `negative`,
    `mixed` of these, and over the interviews that both coded `both`, `only_first`, `only_second`
    and `neither`.
    """
    first, second = (codes[codes["coder"] == coder] for coder in CODERS)
    twice = set(first["interview_id"]) & set(second["interview_id"])
    rows = []
    for theme in known:
        found = first[first["theme"] == theme]
        one = twice & set(found["interview_id"])
        two = twice & set(second.loc[second["theme"] == theme, "interview_id"])
        valences = found["valence"].value_counts()
        rows.append(
            {
                "theme": theme,
                "interviews": len(found),
                "positive": int(valences.get("positiv", 0)),
                "negative": int(valences.get("negativ", 0)),
                "mixed": int(valences.get("blandad", 0)),
                "both": len(one & two),
                "only_first": len(one - two),
                "only_second": len(two - one),
                "neither": len(twice - one - two),
            }
        )
    return pd.DataFrame(rows)
