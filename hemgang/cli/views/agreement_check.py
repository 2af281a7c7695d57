"""The check of agreements, amounts and payers as it is shown: what is amiss, and apart from it the known gaps."""

from pathlib import Path
from typing import Any

from agreements.check import Problem, check, known_gaps
from agreements.loader import load_rates, read_agreements
from agreements.payers import PAYERS_FILE, no_payers, read_payers
from agreements.rates import RATES_FILE
from agreements.sources import read_sources
from agreements.toml_text import SHIPPED
from calendars.zone import local_date
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.moments import now_or

CLEAN = "nothing amiss: no gap or overlap of dates, and every quote stands in its source"


def check_agreements(sources: Path | None, *, folder: Path | None, form: Format, now: str | None) -> bool:
    """Check the agreements, amounts and payers of a folder (None = the shipped ones); return whether nothing is amiss.

    A folder without amounts of its own is checked with the shipped ones.

    Raises:
        SourceNotFound: there are no source texts in the folder.
        AgreementFileError: a file cannot be read at all.
    """
    place = SHIPPED if folder is None else folder
    agreements = read_agreements(place)
    rates = load_rates(folder if folder is not None and (folder / RATES_FILE).exists() else None)
    payers = read_payers(place / PAYERS_FILE) if (place / PAYERS_FILE).exists() else no_payers(place)
    problems = check(agreements, sources=read_sources(sources), rates=rates, payers=payers)
    gaps = known_gaps(agreements, rates=rates, today=local_date(now_or(now)))
    if form is Format.JSON:
        print_json([*(_json(one, "problem") for one in problems), *(_json(one, "known_gap") for one in gaps)])
        return not problems
    if problems:
        rows = [(one.code, one.file, one.line, one.key, one.message) for one in problems]
        print_lines(table(("problem", "file", "line", "key", "what is amiss"), rows, right=(2,)))
    else:
        print_lines([CLEAN])
    if gaps:
        years = ", ".join(one.key.partition(".")[2] for one in gaps)
        print_lines([f"known gaps in amounts ({rates.file}): {years}"])
    return not problems


def _json(one: Problem, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "code": one.code,
        "file": one.file,
        "line": one.line,
        "key": one.key,
        "message": one.message,
    }
