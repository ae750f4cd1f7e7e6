"""What the contract says of one column, as SQL on its cells: value, translation, conditions."""

from collections.abc import Iterator

from evalkit.data.date_forms import ISO_DAY, to_iso
from evalkit.data.odcs import Column
from evalkit.data.sources import is_months

FORMS = {
    "date": "a calendar day written {form}",
    "integer": "a whole number without blanks or separators",
    "number": "a number with '{decimal}' as decimal sign and no thousand separator",
}


def typed(column: Column, decimal: str) -> str:
    """Return the SQL that turns the text of a cell into the column's type, NULL when it cannot.

    The engine's own casts forgive blanks, short dates and times of day; the form is therefore
    tested first.
    """
    text = f't."{column.name}"'
    if column.symbols:
        text = f"CASE WHEN {text} NOT IN ({_symbols(column)}) THEN {text} END"
    if column.kind == "date":
        return _cast(text, "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}", text, "DATE")
    if column.kind == "integer":
        return _cast(text, "-?(0|[1-9][0-9]{0,17})", text, "BIGINT")
    if column.kind == "number":
        form = rf"-?(0|[1-9][0-9]{{0,14}})(\{decimal}[0-9]{{1,15}})?"
        return _cast(text, form, f"replace({text}, '{decimal}', '.')", "DOUBLE")
    return f"nullif({text}, '')"


def reason_missing(column: Column) -> str:
    """Return the SQL that turns a symbol for a missing number into its reason, else into NULL."""
    text = f't."{column.name}"'
    cases = " ".join(
        f"WHEN {literal(symbol)} THEN {literal(reason)}" for symbol, reason in column.symbols
    )
    return f"CASE {text} {cases} END"


def translated(column: Column) -> str:
    """Return the SQL that turns a delivered cell into what the contract calls it."""
    text = f'"{column.name}"'
    if column.words:
        cases = (f"WHEN {literal(word)} THEN {literal(code)}" for word, code in column.words)
        text = f"CASE {text} {' '.join(cases)} ELSE {text} END"
    if column.form:
        text = to_iso(text, column.form)
    if column.open_date:
        text = f"CASE {text} WHEN '{column.open_date}' THEN '' ELSE {text} END"
    return text


def _cast(text: str, form: str, value: str, sql_type: str) -> str:
    test = f"regexp_full_match({text}, '{form}')"
    return f"CASE WHEN {test} THEN TRY_CAST({value} AS {sql_type}) END"


def conditions(column: Column, decimal: str) -> Iterator[tuple[str, str, str]]:
    """Yield rule, the SQL condition on rows that break it, and message."""
    text, value = f't."{column.name}"', typed(column, decimal)
    blank = f"{text} IN ('', {_symbols(column)})" if column.symbols else f"{text} = ''"
    if column.required:
        yield "required", f"{text} = ''", "blank, but the column is required"
    if column.kind != "string":
        form = FORMS[column.kind].format(decimal=decimal, form=(column.form or ISO_DAY).upper())
        yield "type", f"NOT {blank} AND {value} IS NULL", f"not {form}"
    if column.pattern:
        test = f"NOT regexp_full_match({text}, {literal(column.pattern)})"
        message = f"not of the form {column.form.upper() or column.pattern}"
        if is_months(column) and not column.form:
            message = "not a month written YYYY-MM; 'date_formats' of a source file has other forms"
        yield "pattern", f"{text} <> '' AND {test}", message
    if column.codes:
        known = ", ".join(literal(code) for code in column.codes)
        words = " | ".join(_known_words(column))
        message = f"not one of the codes ({words}); letter case and blanks count"
        yield "enum", f"{text} <> '' AND {text} NOT IN ({known})", message
    limits = list(_limits(column))
    if limits:
        beyond = " OR ".join(f"{value} {sign} {limit}" for sign, limit, _ in limits)
        message = " or ".join(words for _, _, words in limits)
        yield "range", beyond, message


def _known_words(column: Column) -> list[str]:
    """Return the codes as whoever delivers the file writes them."""
    meant = {code for _, code in column.words}
    own = [word for word, code in column.words if code]
    return own + [code for code in column.codes if code not in meant]


def _limits(column: Column) -> Iterator[tuple[str, str, str]]:
    for sign, word, limit in (("<", "below", column.minimum), (">", "above", column.maximum)):
        if limit is not None:
            value = f"DATE {literal(str(limit))}" if column.kind == "date" else str(limit)
            yield sign, value, f"{word} {limit}"


def _symbols(column: Column) -> str:
    return ", ".join(literal(symbol) for symbol, _ in column.symbols)


def literal(text: str) -> str:
    """Return a text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
