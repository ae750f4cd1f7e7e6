"""Empty files to fill in: one for each contract, exactly as the check wants them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from evalkit.data import contracts
from evalkit.data.contracts import Contract
from evalkit.errors import MachineError, ParamsError
from evalkit.intake import dictionary, workbook
from evalkit.plan import Study

_BOM = "utf-8-sig"


def write(study: Study, folder: Path, *, as_xlsx: bool = False) -> tuple[Path, ...]:
    """Write an empty file for each of a study's contracts, and the data dictionary beside them.

    Raises ParamsError when a file of one of these names is there already: nothing is written then.
    """
    contract_set = contracts.load(study.contracts_dir)
    made = {dictionary.NAME: dictionary.page(study, contract_set).encode()}
    for contract in contract_set:
        name = Path(contract.file).with_suffix(".xlsx" if as_xlsx else ".csv").name
        made[name] = workbook.of_contract(contract) if as_xlsx else empty_csv(contract)
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


def _refuse_existing(folder: Path, names: Sequence[str]) -> None:
    there = [name for name in names if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise ParamsError(
            f"{folder.name}/: {len(there)} of {len(names)} files are there already "
            f"({', '.join(there[:3])}{', ...' if there[3:] else ''}) and may be filled in; "
            "name an empty folder"
        )
