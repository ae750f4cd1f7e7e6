"""Files at random, made to be misread: each is read back cell by cell, or refused with a message.

    python -m tests.data.fuzz 10000 [seed]

A file is written by `csv.writer` in a random dialect and encoding, and then most often spoilt. The
judge is a decoding of its own (`decoded`), written from the grammar and not from the reader: what
evalkit reads must be what the judge reads, in every cell.
"""

import csv
import io
import random
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from evalkit.data import extracts, odcs

CONTRACT = odcs.Contract(
    source="t", version="1.0.0", table="t", title="t", file="t.csv", delimiter=";",
    encodings=("utf-8", "utf-8-sig", "cp1252"), decimal=",", may_be_empty=True, optional=False,
    key=("a",),
    columns=tuple(
        odcs.Column(name, name, (), "string", True, None, None, None, (), (), "public", None, ())
        for name in ("a", "b", "c")
    ),
)  # fmt: skip
PIECES = (
    "", "a", "B7", "42", "1,5", "åäö", "Å", "é", "–", "€", ";", ",", "\t", '"', '""', "'", " ",
    "\u00a0", "\u200b", "a\u0308", "Ã¶", "\\", "\\n", "#", "NA", "null", "=1+1", "\n", "\r", "\r\n",
    "\ufeff", "0123", "1e5", "９", "\U0001f600", "\x1a", "\x0b", "\x85", "\u2028",
)  # fmt: skip


def random_file(rng: random.Random) -> bytes:
    """Return the bytes of a file: a valid one, or one with a few things wrong."""
    risk = rng.random()
    pieces = PIECES if risk > 0.6 else [p for p in PIECES if p.isprintable() and "\u0308" not in p]
    rows = [
        ["".join(rng.choices(pieces, k=rng.randrange(4))) for _ in range(3)]
        for _ in range(rng.randrange(8))
    ]
    if rng.random() < 0.1 and rows:
        row = rng.choice(rows)
        row.append("x") if rng.random() < 0.5 else row.pop()
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream,
        delimiter=rng.choices(";,\t|", (30, 1, 1, 1))[0],
        lineterminator=rng.choices(("\r\n", "\n", "\r"), (10, 10, 1))[0],
        quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
        doublequote=(doubled := rng.random() < 0.95),
        escapechar=None if doubled else "\\",
    )
    writer.writerows([["a", "b", "c"], *rows])
    text = stream.getvalue()
    encoding = rng.choices(
        ("utf-8", "utf-8-sig", "cp1252", "utf-16", "latin-1", "mac-roman"), (8, 3, 6, 1, 2, 1)
    )[0]
    content = text.encode(encoding, "ignore")
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 4))):
        content = spoilt(content, rng)
    return content


def spoilt(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one small change somewhere."""
    at = rng.randrange(len(content) + 1)
    change = rng.randrange(7)
    if change == 0:
        return content[:at]
    if change == 1:
        return content[:at] + content[at + 1 :]
    if change == 2:
        return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
    if change == 3:
        return content[:at] + content[at:].replace(b"\r\n", b"\n", 1)
    if change == 4:
        return content.replace(b"\n", b"\r\n", 1)
    odd = (
        b"\0",
        b'"',
        b";",
        b"\r",
        b"\n",
        b"\xef\xbb\xbf",
        b"\xe5",
        "å".encode(),
        b"\xa0",
        b"\x81",
    )
    return content[:at] + rng.choice(odd) + content[at:]


def decoded(content: bytes) -> list[list[str]] | None:
    """Return the rows below the header by the grammar of RFC 4180, None where it has no reading."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return None
    rows: list[list[str]] = [[""]]
    state = "start"  # of a cell; else "plain", "quoted" or "closed"
    for sign in text.replace("\r\n", "\n"):
        if state == "quoted":
            if sign == '"':
                state = "closed"
            else:
                rows[-1][-1] += sign
        elif sign == '"' and state == "closed":
            rows[-1][-1] += sign
            state = "quoted"
        elif sign == '"' and state == "start":
            state = "quoted"
        elif sign == ";":
            rows[-1].append("")
            state = "start"
        elif sign == "\n":
            rows.append([""])
            state = "start"
        elif state == "closed":
            return None
        else:
            rows[-1][-1] += sign
            state = "plain"
    return None if state == "quoted" else rows[:-1] if rows[-1] == [""] else rows


def judged(content: bytes, folder: Path) -> str:
    """Return "kept" or "refused: <rule>"; "changed" or "traceback" is a defect of the reader."""
    (folder / "t.csv").write_bytes(content)
    try:
        opened = extracts.open_extracts(folder, (CONTRACT,))
    except Exception:
        traceback.print_exc()
        return "traceback"
    with opened.engine as engine:
        if "t.csv" not in opened.report.rows:
            told = [v for v in opened.report.violations if v.severity == "fatal" and v.message]
            return f"refused: {told[0].rule}" if told else "refused without a message"
        read = engine.execute("SELECT a, b, c FROM text.t ORDER BY _row").fetchall()
    expected = decoded(content)
    if expected is None:
        return "changed"
    header, *rows = expected
    order = [header.index(name) for name in ("a", "b", "c")]
    return "kept" if read == [tuple(row[at] for at in order) for row in rows] else "changed"


def run(files: int, seed: int) -> Counter[str]:
    """Return how many of the files came out in which way."""
    rng, found = random.Random(seed), Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            content = random_file(rng)
            verdict = judged(content, Path(folder))
            found[verdict] += 1
            if not verdict.startswith(("kept", "refused: ")):
                sys.stderr.write(f"file {number}: {verdict}: {content!r}\n")
    return found


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    outcome = run(wanted, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for verdict, times in outcome.most_common():
        sys.stdout.write(f"{times:7,}  {verdict}\n")
    sys.exit(any(not verdict.startswith(("kept", "refused: ")) for verdict in outcome))
