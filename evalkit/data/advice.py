"""What to do about a broken rule, and the same in Swedish for whoever makes the extracts.

The rules that every contract has are told here; a rule in SQL is told by its own contract.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from evalkit.data import swedish
from evalkit.data.odcs import Column, Contract, Rule
from evalkit.data.rule_words import CORRECT, JUDGE, OF_RULES, Advice
from evalkit.data.violations import Violation

# Told of a rule that nobody has put into words yet.
_UNTOLD = "Filen följer inte sitt datakontrakt (regeln {rule})"
_UNKNOWN = "det som står i datakontraktet"


def advise(violation: Violation, contracts: Sequence[Contract]) -> Advice:
    """Return what to do about a violation, made ready for its own column."""
    contract = next((one for one in contracts if one.file == violation.file), None)
    told = OF_RULES.get(violation.rule)
    if told is None:
        return _of_sql(violation, contract)
    details = _details(violation, contract, contracts)
    return Advice(
        told.action, told.fault_sv.format_map(details), told.action_sv.format_map(details)
    )


def _of_sql(violation: Violation, contract: Contract | None) -> Advice:
    columns = contract.columns if contract else ()
    rules: list[Rule] = [rule for column in columns for rule in column.rules]
    fault = next((rule.swedish for rule in rules if rule.id == violation.rule), "")
    told = CORRECT if violation.stops else JUDGE
    fault = fault or _UNTOLD.format(rule=violation.rule)
    return Advice(told.action, fault, told.action_sv)


def _details(
    violation: Violation, contract: Contract | None, contracts: Sequence[Contract]
) -> Mapping[str, str]:
    """Return what the phrases name; the contract's words, never the file's."""
    told = defaultdict(lambda: _UNKNOWN, position=str(violation.position))
    if contract is None:
        return told
    told["delimiter"] = swedish.DELIMITERS[contract.delimiter]
    told["encodings"] = " eller ".join(contract.encodings)
    column = next((one for one in contract.columns if one.header == violation.column), None)
    if column:
        told["form"] = swedish.form(column, contract)
        told["codes"] = ", ".join(column.codes)
        told["limits"] = swedish.limits(column)
        told["target"] = _target(column, contracts)
    return told


def _target(column: Column, contracts: Sequence[Contract]) -> str:
    table, _, key = (column.references or "").partition(".")
    for contract in contracts:
        if contract.table == table:
            return f"{contract.column(key).header} i {contract.file}"
    return ""
