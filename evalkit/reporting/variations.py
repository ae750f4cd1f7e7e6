"""What was varied and by which method, and why something could not be made, in plain Swedish."""

from babel.dates import get_month_names

METHODS = {
    "exact_t": "Exakt t-test på områdenas förändringar (Donald och Lang)",
    "load_weighted": "Områdenas förändringar, osäkerhet efter antalet ärenden",
    "lau_li": "t-test (Lau och Li) som tål att pilotområdet varierar dubbelt så mycket som "
    "det jämnaste",
    "detrended": "Exakt t-test på avvikelsen från varje områdes egen tidigare trend",
    "permutation": "Permutation över områden (Fisher)",
    "rearrangement": "Omordningstest (Hagemann)",
    "cluster_robust": "Standardfel grupperade efter område",
    "twfe_cluster": "Regression med fasta effekter, standardfel grupperade efter område",
    "wild_restricted": "Wild cluster bootstrap med nollhypotesen",
    "wild_unrestricted": "Wild cluster bootstrap utan nollhypotesen",
    "pre_trend": "Prövning av utvecklingen före piloten",
    "effect": "Skattningen",
    "synthetic_control": "Syntetisk kontroll: områden viktade så att de liknar piloten före start",
    "synthetic_did": "Syntetisk skillnad-i-skillnad: både områden och år viktade",
    "doubly_robust": "Justerat på två sätt för kön och ålder (bara skattningen)",
    "conformal_did": "Prövning över tid: är tiden efter start ovanlig?",
}
AXES = {
    "plan": "Enligt analysplanen",
    "definition": "Annan definition",
    "window": "Kortare uppföljning",
    "wash_in": "Inkörningsåret",
    "season": "Del av året",
    "weights": "Annan vägning",
    "trend": "Egen trend borträknad",
    "years": "Ett år före piloten utelämnat",
    "areas": "Ett område i linjen utelämnat",
    "children": "En åldersgrupp utelämnad",
    "composition": "Samma barn överallt",
}
# Which side of zero an interval lies on.
SIDES = {
    "below": "lägre än väntat",
    "above": "högre än väntat",
    "across": "varken lägre eller högre med säkerhet",
}
_DEFINITIONS = {
    "merge_gap_days": "utredningar inom {} dagar slås ihop",
    "same_event_days": "anmälningar inom {} dagar är samma",
    "uptake_days": "insats påbörjad inom {} dagar",
    "cover_days": "vikariat under {} dagar räknas inte",
    "screening_days": "förhandsbedömning inom {} dagar",
}
_SETTINGS = {
    "counted": "räknas till piloten",
    "years": "varje år väger lika",
    "cases": "varje ärende väger lika",
    "detrended": "avvikelse från egen trend",
    "standardised": "samma kön och ålder överallt",
    "": "huvudresultatet",
}
# The beginning or a part of a reason, as the estimation room gives it, and what the reader is told.
_REASONS = (
    ("waiting time", "måttet är en väntetid och kan inte vägas om efter ålder och kön"),
    ("was not counted", "spridningen mellan ärenden kan inte räknas för måttet"),
    ("no variance between cases", "spridningen mellan ärenden kan inte räknas för måttet"),
    ("one pre-year", "det finns bara ett år före piloten"),
    ("one comparison area", "det finns bara ett område att jämföra med"),
    ("do not vary", "områdenas förändringar varierar inte"),
    ("have no level", "något område saknar fall att räkna"),
    ("have no units", "något område saknar fall att räkna"),
    ("lack units in a stratum", "något område saknar barn av något kön och någon ålder"),
    ("have no change", "något område saknar fall att räkna"),
    ("follow-up", "uppföljningen är inte lång nog ännu"),
    ("no mature period", "uppföljningen är inte lång nog ännu"),
    ("stretch of", "perioden är för kort"),
    ("one treated area", "metoden är gjord för ett enda pilotområde"),
    ("too many", "det finns för många möjliga placeringar att pröva alla"),
    ("more than", "det finns för många områden att pröva alla"),
    ("do not have", "det finns för få år"),
    ("weight", "det finns för få områden för metoden"),
)
_ELSE = "uppgifterna räcker inte"


def setting(axis: str, label: str) -> str:
    """Return how one thing was varied, as `robustness.ladder` labels it, in words."""
    if axis == "definition":
        name, _, value = label.partition("=")
        if value == "0" and name == "merge_gap_days":
            return "utredningar slås inte ihop"
        return _DEFINITIONS[name].format(value)
    if axis == "season":
        first, last = (int(month) for month in label.split("-"))
        return f"bara {months(first, last)}"
    if axis == "children":
        return f"utan {label} år"
    if axis in ("years", "areas"):
        return f"utan {label}"
    if axis == "window":
        return f"{label} dagar"
    return _SETTINGS[label]


def months(first: int, last: int) -> str:
    """Return a stretch of months by name, "januari–juni"."""
    names = get_month_names("wide", locale="sv")
    return f"{names[first]}–{names[last]}"


def because(reason: str) -> str:
    """Return why a number could not be made, from the reason that its record gives."""
    return next((said for part, said in _REASONS if part in reason), _ELSE)
