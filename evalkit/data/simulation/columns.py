"""Columns of text, as a case system writes them: ids, ISO dates, ja and nej, blanks."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evalkit.data.simulation.draws import FAR

SOURCE = "simulerad"


def ids(letter: str, numbers: np.ndarray, digits: int) -> np.ndarray:
    """Return pseudonyms such as B000123: a letter first, so none looks like a personnummer."""
    return np.array([f"{letter}{number:0{digits}d}" for number in numbers], dtype=object)


def dates(days: np.ndarray, known: np.ndarray | bool = True) -> np.ndarray:
    """Return ISO dates; blank where not `known`."""
    days = np.asarray(days)
    text = np.datetime_as_string(np.where(known, days, 0).astype("datetime64[D]"))
    return np.where(known & (days < FAR), text.astype(object), "")


def yes_no(true: np.ndarray) -> np.ndarray:
    """Return ja where true, else nej."""
    return np.where(true, "ja", "nej")


def extract(columns: Mapping[str, object], day: int) -> pd.DataFrame:
    """Return an extract of text columns, closed by its date and source."""
    frame = pd.DataFrame(columns).astype(object)
    return frame.assign(utdrag_datum=str(dates(np.array([day]))[0]), kallsystem=SOURCE)
