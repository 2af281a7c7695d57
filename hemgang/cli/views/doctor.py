"""Shows what the doctor found: a line each, as it comes, or all as JSON."""

from pathlib import Path

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.views.moments import now_or
from hemgang.doctor.examine import Asked, examine
from hemgang.doctor.finding import Finding, Level

_LEVEL_WIDTH = max(map(len, Level))


def show_findings(place: Place, *, reach: bool, test: bool, backups: Path | None, form: Format) -> bool:
    """Look at everything and show it; return whether there is an error among the findings.

    Raises:
        WrongUse: the folder of backups is not there.
    """
    if backups is not None and not backups.is_dir():
        raise WrongUse(f"--backups: there is no folder {backups}")
    asked = Asked(place.database, place.directory, reach=reach, test=test, backups=backups)
    found: list[Finding] = []
    for finding in examine(asked, now=now_or(None)):
        found.append(finding)
        if form is Format.TABLE:
            print_lines([_line(finding)])
    if form is Format.JSON:
        print_json([{"level": one.level, "name": one.name, "found": one.found, "do": one.do} for one in found])
    return any(one.level is Level.ERROR for one in found)


def _line(finding: Finding) -> str:
    do = f"  -> {finding.do}" if finding.do else ""
    return f"{finding.level:<{_LEVEL_WIDTH}}  {finding.name}  {finding.found}{do}"
