"""The codes of the cells, in the reader's words."""

ARMS = {True: "pilot", False: "line"}
SEXES = ("flicka", "pojke")  # those that are shown; a third code is "okänt"
OUTSIDE = "utanför"  # the area of matters from elsewhere
CAUSES = {
    "enhetsgräns": "Enhetsgräns", "slutat": "Handläggaren slutade", "frånvaro": "Frånvaro",
    "omfördelning": "Omfördelning", "projektavslut": "Piloten avslutades",
}  # fmt: skip
LEFT = ("slutat", "frånvaro")  # causes that are staff turnover
OTHER_CAUSE = "Annat eller okänt"
# A border between units is the organisation's design, the pilot's closing its end.
NOT_IN_K4 = (CAUSES["enhetsgräns"], CAUSES["projektavslut"])
NOT_SET = "ej satt"
TIERS = (NOT_SET, "1", "2", "3", "4")
PHASES = {
    "ROS": "Råd och stöd", "FB": "Förhandsbedömning", "UTR": "Utredning", "BESLUT": "Beslut",
    "UPPF": "Uppföljning", "INSATS": "Insats",
}  # fmt: skip
STEPS = {
    "need": "Bedömt behov",
    "available": "Passande insats finns",
    "offered": "Erbjuden",
    "accepted": "Tackat ja",
    "granted": "Beviljad",
    "started": "Påbörjad",
    "completed": "Fullföljd",
}
