"""Empty files to fill in: one for each contract, exactly as the check wants them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from evalkit.data import contracts
from evalkit.data.contracts import Contract
from evalkit.data.sources import name_of
from evalkit.errors import MachineError, ParamsError
from evalkit.intake import dictionary, workbook
from evalkit.plan import Study

_BOM = "utf-8-sig"
SOURCE = "arbetsbocker"  # what the filled-in workbooks are called as a source
_SOURCE_HEAD = f"""\
# Så läses de ifyllda arbetsböckerna: lägg den här filen i data_contracts/sources/ och skriv
# `source: {SOURCE}` i params/study.yaml.
system: Ifyllda arbetsböcker
tables:
"""


def write(study: Study, folder: Path, *, as_xlsx: bool = False) -> tuple[Path, ...]:
    """Write an empty file for each of a study's contracts, and the data dictionary beside them.

    With workbooks comes the source file by which they are read when they are filled in.
    Raises ParamsError when a file of one of these names is there already: nothing is written then.
    """
    contract_set = contracts.load(study.contracts_dir)
    made = {dictionary.NAME: dictionary.page(study, contract_set).encode()}
    in_books = [one for one in contract_set if as_xlsx and not one.of_publisher]
    for contract in contract_set:
        if contract in in_books:
            made[_book(contract)] = workbook.of_contract(contract)
        else:
            made[Path(contract.file).with_suffix(".csv").name] = empty_csv(contract)
    if in_books:
        made[f"{SOURCE}.yaml"] = source_file(in_books)
    _refuse_existing(folder, list(made))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise MachineError(f"{folder.name}/: cannot be made; name another folder") from None
    paths = tuple(folder / name for name in made)
    for path, content in zip(paths, made.values(), strict=True):
        with path.open("xb") as file:  # never over a file that somebody has filled in meanwhile
            file.write(content)
    return paths


def empty_csv(contract: Contract) -> bytes:
    """Return a file with the header only, in an encoding that the contract accepts.

    With a mark that says UTF-8 where it may have one, since spreadsheets need it to show å, ä, ö.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=contract.delimiter, lineterminator="\r\n")
    writer.writerow([column.header for column in contract.columns])
    encoding = _BOM if _BOM in contract.encodings else contract.encodings[0]
    return stream.getvalue().encode(encoding)


def source_file(contract_set: Sequence[Contract]) -> bytes:
    """Return the source file by which the workbooks of these contracts are read."""
    tables = [
        f"  {name_of(one)}: {{file: {_book(one)}, sheet: {workbook.sheet_of(one)}}}\n"
        for one in contract_set
    ]
    return (_SOURCE_HEAD + "".join(tables)).encode()


def _book(contract: Contract) -> str:
    return Path(contract.file).with_suffix(".xlsx").name


def _refuse_existing(folder: Path, names: Sequence[str]) -> None:
    there = [name for name in names if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise ParamsError(
            f"{folder.name}/: {len(there)} of {len(names)} files are there already "
            f"({', '.join(there[:3])}{', ...' if there[3:] else ''}) and may be filled in; "
            "name an empty folder"
        )
