"""The analysis plan and its periods: YAML in, frozen and typed records out.

Whatever is misspelt, mistyped or contradictory stops here, before any file with data is opened,
with the file, the place in it and, where a known name is near, a suggestion.
"""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from evalkit import strict_yaml
from evalkit.errors import ParamsError, did_you_mean
from evalkit.plan import Period, Study

PLAN = "study.yaml"
LOGIC_MODEL, THREATS, REPORTING = "logic_model.yaml", "threats.yaml", "guidelines.yaml"
DESCRIPTION, CLAIMS = "tidier.yaml", "claims.yaml"
GUIDE, COMPONENTS, TIERS = "investment_guide.yaml", "components.yaml", "tiers.yaml"
COSTS, TARGET_MIX = "economy.yaml", "target_mix.yaml"
# What a report says beside its numbers, or computes them with.
TEXTS = (
    LOGIC_MODEL, THREATS, REPORTING, DESCRIPTION, CLAIMS, GUIDE, COMPONENTS, TIERS, COSTS,
    TARGET_MIX,
)  # fmt: skip
# Home folders, drives, the other system's separator, and what no file name holds.
_STRANGE_PATH = re.compile(r"^~|^[A-Za-z]:|\\|[\x00-\x1f]")
# Folders of outputs/ that are no period's.
RESERVED = ("cells", "demo", "lab")
NOT_PERIODS = {PLAN, "registration.yaml", "power.yaml", *TEXTS}


def load_study(path: Path) -> Study:
    """Return the plan in `path` (params/study.yaml), or raise ParamsError naming every fault."""
    path = path.resolve()
    raw = strict_yaml.read(path, ParamsError)
    study = validate(Study, raw, path.name, root=path.parent.parent)
    for key in ("extracts", "contracts"):
        _stay_inside(study.root, getattr(study, key), f"{path.name}: {key}")
    return study


def load_period(path: Path, study: Study) -> Period:
    """Return the period in `path`, checked against its study."""
    if path.name in NOT_PERIODS:
        raise ParamsError(f"{path.name}: not a period; name one, as params/2021.yaml")
    period = validate(Period, strict_yaml.read(path, ParamsError), path.name)
    _check_against_study(period, study, path.name)
    return period


def load_periods(study: Study) -> tuple[Period, ...]:
    """Return every period beside the study's plan, in time order, none overlapping another."""
    paths = sorted((study.root / "params").glob("*.yaml"))
    periods = [load_period(path, study) for path in paths if path.name not in NOT_PERIODS]
    periods.sort(key=lambda period: period.start)
    names = [period.period for period in periods]
    _check_overrides(study, names)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParamsError(f"params/: period '{twice[0]}' stands in more than one file; rename one")
    for earlier, later in pairwise(periods):
        if later.start <= earlier.end:
            raise ParamsError(
                f"params/: periods '{earlier.period}' and '{later.period}' overlap; "
                "let one end before the next starts"
            )
    return tuple(periods)


def period_from_values(values: dict[str, Any], study: Study) -> Period:
    """Return the period that a notebook's parameters describe, as strictly as from its file.

    They name a period of the study and repeat what its file says: a notebook that is run on its
    own, with `papermill -p`, cannot ask for a slice that no report would show.
    """
    place = "notebook parameters"
    period = validate(Period, values, place)
    planned = {one.period: one for one in load_periods(study)}
    if period.period not in planned:
        hint = did_you_mean(period.period, list(planned))
        raise ParamsError(f"{place}: period: no file in params/ has '{period.period}'{hint}")
    own, theirs = period.model_dump(), planned[period.period].model_dump()
    if changed := [key for key in own if own[key] != theirs[key]]:
        raise ParamsError(
            f"{place}: {', '.join(changed)}: not as the period's file in params/ has it; change "
            "the file, so that every chapter sees the same"
        )
    return period


def find_study(name: str, start: Path) -> Path:
    """Return the plan `name`, looked for in `start` and the folders above it."""
    for folder in (start, *start.parents):
        if (folder / name).is_file():
            return folder / name
    raise ParamsError(f"{name}: not found in {start.name}/ nor above; run from the study's folder")


def _check_against_study(period: Period, study: Study, file: str) -> None:
    timeline, folder = study.timeline, study.root / "outputs" / period.period
    if period.period.lower() in RESERVED or study.extracts_dir.is_relative_to(folder):
        raise ParamsError(f"{file}: period: outputs/{period.period}/ holds other things; rename it")
    if period.start <= timeline.pre.end:
        raise ParamsError(f"{file}: start: the period overlaps timeline.pre of the study")
    if period.end > timeline.exposure_end:
        raise ParamsError(f"{file}: end: after timeline.exposure_end of the study")
    if period.cutoff > timeline.data_end:
        raise ParamsError(f"{file}: cutoff: after timeline.data_end of the study")
    in_wash_in = period.start <= timeline.wash_in.end and period.end >= timeline.wash_in.start
    if in_wash_in != (period.phase == "wash_in"):
        raise ParamsError(f"{file}: phase: does not agree with timeline.wash_in of the study")


def _check_overrides(study: Study, known: list[str]) -> None:
    for override in study.overrides:
        if override.period not in known:
            hint = did_you_mean(override.period, known)
            raise ParamsError(f"{PLAN}: overrides: no period '{override.period}'{hint}")


def _stay_inside(root: Path, given: str, place: str) -> None:
    """Refuse a path that could mean another place than one below the folder that holds params/."""
    strange = _STRANGE_PATH.search(given) or Path(given).is_absolute()
    if strange or not (root / given).resolve().is_relative_to(root.resolve()):
        raise ParamsError(f"{place}: the path leaves the study's folder; keep data beside params/")


def validate(model: type[BaseModel], raw: dict[str, Any], file: str, **extra: Any) -> Any:
    """Return the record of a file's values, or raise ParamsError naming every fault.

    Validated as JSON: the only mode in which pydantic is strict and still reads ISO dates.
    """
    try:
        if extra:
            faults = {"root"} & raw.keys()
            if faults:
                raise ParamsError(f"{file}: root: not a key of this file")
        text = json.dumps(raw | {key: str(value) for key, value in extra.items()})
        return model.model_validate_json(text)
    except ValidationError as problem:
        lines = [_explain(fault, model) for fault in problem.errors(include_input=False)]
        raise ParamsError("\n".join(f"{file}: {line}" for line in lines)) from None


def _explain(fault: Any, model: type[BaseModel]) -> str:
    path = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = _keys_beside(fault["loc"], model)
        return f"{path}: unknown key{did_you_mean(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return f"{path}: missing; there is no default for it"
    if fault["type"] == "string_type":
        return f"{path}: must be text; put it in quotes"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{path}: {message}" if path else message


def _keys_beside(loc: tuple[Any, ...], model: type[BaseModel]) -> list[str]:
    """Return the keys that are allowed where an unknown one was found."""
    for part in loc[:-1]:
        if part not in model.model_fields:  # a place in a list, or a name in a mapping
            continue
        annotation = model.model_fields[part].annotation
        model = next((kind for kind in _classes(annotation) if issubclass(kind, BaseModel)), model)
    return [name for name in model.model_fields if name != "root"]


def _classes(annotation: Any) -> list[type]:
    arguments = getattr(annotation, "__args__", ())
    own = [annotation] if isinstance(annotation, type) else []
    return own + [kind for argument in arguments for kind in _classes(argument)]
