"""`hemgang agreements`: what the agreements say, by date, with clause and quote, and what a change would have done.

JSON carries names, values and kinds as the agreements' files have them.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from datetime import date as Date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from agreements.diff import (
    ChangedTerm,
    Worded,
    changed_terms,
    charge_keys,
    clause_keys,
    differences,
    gate_keys,
    said,
    values_of,
)
from agreements.loader import examine, load_agreements
from agreements.model import Agreement, Citation, Cited, Clause, DisputeStep, Suspension, Terms
from agreements.registry import Agreements
from agreements.tomlfile import ParameterNotInForce, Problem
from agreements.validation import known_gaps, read_sources
from calendars.timezone import local_date
from hemgang.cli.agreement_words import ClauseNames, clause_names, parameter_name, term_name, value_in_words
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, fields, note, paragraph, print_json, print_lines, spoken, table, words
from hemgang.cli.params import DatabaseOption, FormatOption, NowOption, examples, now_or, place, read_date
from hemgang.i18n.catalogue import Phrase, phrase, text_of_data
from hemgang.liability.model import Month

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="An agreement's name, as `list` shows it.")]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="As it holds on this date; today, or its last day.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("list", epilog=examples("hemgang agreements list"))(list_all)
    group.command("show", epilog=examples("hemgang agreements show jamtland-harjedalen --date 2023-03-01"))(show)
    group.command(
        "diff",
        epilog=examples(
            "hemgang agreements diff lus jamtland-harjedalen --date 2023-03-01",
            "hemgang agreements diff stockholm --from 2020-10-31 --to 2020-11-01",
            "hemgang agreements diff vastmanland --from 2019-09-30 --to 2019-10-01 --region 19 --year 2023",
        ),
    )(diff)
    group.command("check", epilog=examples("hemgang agreements check --sources docs/sources"))(check)
    app.add_typer(group, name="agreements", help="What the agreements say, by date, with clause and quote.")


def list_all(form: FormatOption = Format.TABLE) -> None:
    """List the agreements: dates, region, version."""
    list_agreements(form=form)


def show(
    name: NameArgument,
    date: DateOption = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
) -> None:
    """Show every value and clause that holds on a date.

    Each with its source's words, or the assumption it rests on.
    """
    show_agreement(name, date=date, form=form, now=now)


def diff(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="NAME", help="An agreement's name, as `list` shows it.")],
    second: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="The agreement it is held against; none with --from and --to.")
    ] = None,
    date: DateOption = None,
    before: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="One agreement alone: as it holds on this date…")
    ] = None,
    after: Annotated[str | None, typer.Option("--to", metavar="DATE", help="…against as it holds on this one.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="With --year: what the change does to a county…")
    ] = None,
    year: Annotated[str | None, typer.Option("--year", metavar="YEAR", help="…in each month of this year.")] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show what two agreements say differently on a date, or what changed in one between two dates.

    With a region and a year also what each of the two versions comes to on what is stored, had it always governed.
    """
    if region is not None or year is not None:
        if second is not None or before is None or after is None or region is None or year is None:
            raise WrongUse(phrase("agreement.region_and_year"))
        # The database is imported here: all else of this module can do without.
        from hemgang.cli.agreement_effect import VersionChange, show_effect
        from hemgang.cli.opening import scope_of

        change = VersionChange(first, before, after, region, year)
        show_effect(change, place(context, database), scope_of(context), form=form, now=now)
    elif second is not None and before is None and after is None:
        compare_agreements(first, second, date=date, form=form, now=now)
    elif second is None and before is not None and after is not None and date is None:
        compare_versions(first, before=before, after=after, form=form)
    else:
        raise WrongUse(phrase("agreement.two_or_one"))


def check(
    sources: Annotated[
        Path | None, typer.Option("--sources", metavar="FOLDER", help="The source texts; else those of a checkout.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="FOLDER", help="A folder of agreements; else the shipped ones.")
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
) -> None:
    """Check the dates, payers and quotes; exit 1 on problems.

    Neither gap nor overlap of dates, and each quote stands in its source. Years whose amount is not known are named
    apart; they are no problem.
    """
    if not check_agreements(sources, folder=folder, form=form, now=now):
        raise typer.Exit(1)


def list_agreements(*, form: Format) -> None:
    """List every agreement."""
    agreements = load_agreements()
    found = [agreements.named(name) for name in agreements.names()]
    if form is Format.JSON:
        print_json([head_json(one) for one in found])
        return
    rows = [
        (one.name, one.region, one.valid_from, one.valid_to, one.approved, _suspended(one), one.version, one.title)
        for one in found
    ]
    print_lines(table(("name", "region", "from", "to", "approved", "suspended", "version", "title"), rows))


def show_agreement(name: str, *, date: str | None, form: Format, now: str | None) -> None:
    """Show what an agreement says on a date.

    Raises:
        UnknownAgreement: there is no agreement of that name.
        ParameterNotInForce: it does not hold on the date that was asked for.
        WrongUse: the date is none.
    """
    agreements = load_agreements()
    on = _day(agreements, (name,), date, now)
    agreement, terms = agreements.named(name), agreements.terms_of(name, on)
    if form is Format.JSON:
        print_json(agreement_json(agreement, terms, on))
    else:
        print_lines(agreement_text(agreement, terms, on))


def compare_agreements(
    first: str,
    second: str,
    *,
    date: str | None,
    form: Format,
    now: str | None,
) -> None:
    """Show what two agreements say differently on a date; None where one says nothing of it.

    Raises:
        UnknownAgreement: there is no agreement of a name.
        ParameterNotInForce: there is no date on which both hold, or one does not on the date that was asked for.
        WrongUse: the date is none.
    """
    agreements = load_agreements()
    on = _day(agreements, (first, second), date, now)
    changes = differences(agreements.terms_of(first, on), agreements.terms_of(second, on))
    names = clause_names(agreements, Month.of(on))
    if form is Format.JSON:
        print_json([change_json(change, before="first", after="second") for change in changes])
    else:
        columns = [phrase("agreement.on", date=on), *_sides(first, second)]
        print_lines(_changes_text(columns, changes, names, (first, second)))


def compare_versions(name: str, *, before: str, after: str, form: Format) -> None:
    """Show what one agreement says differently on two dates, each with its clause.

    Raises:
        UnknownAgreement: there is no agreement of that name.
        ParameterNotInForce: it does not hold on one of the dates.
        WrongUse: a date is none.
    """
    days = read_date(before, "--from"), read_date(after, "--to")
    agreements = load_agreements()
    changes = changed_terms(agreements, name, *days)
    if form is Format.JSON:
        print_json([change_json(change, before="before", after="after") for change in changes])
        return
    if changes:
        print_lines(versions_text(name, days, changes, agreements))
    else:
        print_lines([words("agreement.same", name=name, first=days[0], second=days[1])])


def _day(agreements: Agreements, names: tuple[str, ...], date: str | None, now: str | None) -> Date:
    """Return the date asked for; else today, or the nearest date on which all of the agreements hold."""
    found = [agreements.named(name) for name in names]
    if date is not None:
        return read_date(date, "--date")
    today = local_date(now_or(now))
    first, last = _common(found)
    day = max(first, today if last is None else min(today, last))
    if day != today:
        note(phrase("agreement.not_in_force", names=names, today=today, day=day))
    return day


def _common(found: list[Agreement]) -> tuple[Date, Date | None]:
    first = max(one.valid_from for one in found)
    ends = [one.valid_to for one in found if one.valid_to is not None]
    last = min(ends, default=None)
    if last is not None and last < first:
        names = ", ".join(one.name for one in found)
        raise ParameterNotInForce(agreement=names, name="agreement", day=first, dates="on no common date")
    return first, last


def check_agreements(sources: Path | None, *, folder: Path | None, form: Format, now: str | None) -> bool:
    """Check the agreements, amounts and payers of a folder (None = the shipped ones); return whether nothing is amiss.

    A folder without amounts of its own is checked with the shipped ones.

    Raises:
        SourceNotFound: there are no source texts in the folder.
    """
    examined = examine(folder, sources=read_sources(sources))
    problems = examined.problems
    gaps: tuple[Problem, ...] = ()
    if examined.agreements is not None and examined.rates is not None:
        gaps = known_gaps(examined.agreements, rates=examined.rates, today=local_date(now_or(now)))
    if form is Format.JSON:
        print_json([*(_json(one, "problem") for one in problems), *(_json(one, "known_gap") for one in gaps)])
        return not problems
    if problems:
        rows = [(one.code, one.file, one.line, one.key, one.message) for one in problems]
        print_lines(table(("problem", "file", "line", "key", "amiss"), rows, right=(2,)))
    else:
        print_lines([words("agreement.clean")])
    if gaps:
        years = ", ".join(one.key.partition(".")[2] for one in gaps)
        print_lines([words("agreement.gaps", file=gaps[0].file, years=years)])
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


def head_json(agreement: Agreement) -> dict[str, Any]:
    """Return who an agreement binds and when it holds."""
    return {
        "name": agreement.name,
        "title": agreement.title,
        "version": agreement.version,
        "digest": agreement.digest,
        "region": agreement.region,
        "parties": list(agreement.parties),
        "valid_from": agreement.valid_from.isoformat(),
        "valid_to": _iso(agreement.valid_to),
        "approved": _iso(agreement.approved),
        "suspended": [
            {"valid_from": one.valid_from.isoformat(), "valid_to": _iso(one.valid_to), **_citation(one.citation)}
            for one in agreement.suspensions
        ],
    }


def _suspended(agreement: Agreement) -> str | None:
    return ", ".join(_days(one) for one in agreement.suspensions) or None


def agreement_json(agreement: Agreement, terms: Terms, on: date) -> dict[str, Any]:
    """Return an agreement with every value and clause that holds on a date."""
    return {
        **head_json(agreement),
        "date": on.isoformat(),
        "dispute_steps": [_step_json(step) for step in agreement.disputes],
        "values": [{"name": name, "value": said(cited.value), **_cited(cited)} for name, cited in values_of(terms)],
        "clauses": [_clause_json(clause) for clause in terms.clauses],
    }


def agreement_text(agreement: Agreement, terms: Terms, on: date) -> Iterator[str]:
    """Yield an agreement as text: each value or clause, and below it its clause with the source's words."""
    yield from fields(
        [
            ("agreement", agreement.name),
            ("title", agreement.title),
            ("revision", agreement.version),
            ("region", agreement.region),
            ("parties", ", ".join(agreement.parties) or None),
            ("in_force", _span(agreement.valid_from, agreement.valid_to)),
            ("approved", agreement.approved),
            ("shown_on", on),
        ]
    )
    for suspension in agreement.suspensions:
        yield ""
        yield words("agreement.suspended", days=_days(suspension))
        yield from _source(suspension.citation)
    for step in agreement.disputes:
        yield ""
        yield from paragraph(_step_text(step), indent="")
        yield from _source(step.citation)
    for name, cited in values_of(terms):
        yield ""
        yield f"{parameter_name(name)}: {value_in_words(name, said(cited.value))}"
        yield from _source(cited.citation)
    for clause in terms.clauses:
        yield ""
        yield from _clause_text(clause)


def _step_text(step: DisputeStep) -> str:
    values = {"matter": words(f"names.agreements.matter.{step.matter}"), "number": step.number, "who": step.who}
    if step.within_days is None:
        return words("agreement.dispute", **values)
    return words("agreement.dispute_within", days=step.within_days, **values)


def _clause_text(clause: Clause) -> Iterator[str]:
    yield words("agreement.clause", id=clause.id, name=text_of_data(spoken(), clause.name))
    if clause.approved or clause.end_approved:
        approved, end = (one.isoformat() if one else "-" for one in (clause.approved, clause.end_approved))
        yield from paragraph(words("agreement.approved", approved=approved, end=end))
    for name, value in clause_keys(clause):
        yield from paragraph(f"{parameter_name(name)}: {value_in_words(name, value)}")
    for citation in clause.citations:
        yield from _source(citation)


def versions_text(
    name: str, days: tuple[Date, Date], changes: Sequence[ChangedTerm], agreements: Agreements
) -> list[str]:
    """Return what changed in an agreement between two dates, as lines."""
    names = {**clause_names(agreements, Month.of(days[0])), **clause_names(agreements, Month.of(days[1]))}
    columns = _sides(name, *(day.isoformat() for day in days))
    return list(_changes_text(columns, changes, names, (name,)))


def _sides(*sides: str) -> list[Phrase]:
    return [phrase("agreement.side", side=side) for side in sides]


def _changes_text(
    columns: Sequence[Phrase], changes: Sequence[ChangedTerm], names: ClauseNames, agreements: Sequence[str]
) -> Iterator[str]:
    """The differences as a table: name, both sides, the clause of the second side, or of the first."""
    rows = [
        (
            term_name(change.name, names, agreements),
            *(_side(change.name, side) for side in (change.before, change.after)),
            _standing(change.after) or _standing(change.before),
        )
        for change in changes
    ]
    yield from table((*columns, "clause"), rows)


def _side(name: str, worded: Worded | None) -> str | None:
    return None if worded is None else value_in_words(name, worded.value)


def change_json(change: ChangedTerm, *, before: str, after: str) -> dict[str, Any]:
    """Return a difference, its sides under the names given, each with the clause it stands in."""
    return {
        "name": change.name,
        before: change.before.value if change.before else None,
        after: change.after.value if change.after else None,
        f"{before}_clause": _standing(change.before),
        f"{after}_clause": _standing(change.after),
    }


def clause_values(clause: Clause) -> Iterator[tuple[str, str]]:
    """Yield the keys of a clause with their values in words, those of its gate and its charge in one each."""
    yield "care", ", ".join(clause.care) or "all"
    yield "ages", said(clause.ages)
    yield "gate", _together(clause.gate.kind, gate_keys(clause.gate))
    yield "charge", _together(clause.charge.kind, charge_keys(clause.charge))
    yield "cutoff", said(clause.cutoff)
    yield "ends_counted", ", ".join(clause.ends_counted)
    yield "open_counted", said(clause.open_counted)
    yield "attribution", clause.attribution.value


def _together(kind: StrEnum, keys: Iterator[tuple[str, str]]) -> str:
    return ", ".join([kind.value, *(f"{name} {value}" for name, value in keys)])


def _standing(worded: Worded | None) -> str | None:
    if worded is None or worded.citation is None:
        return None
    return f"{worded.citation.clause} ({worded.citation.agreement})"


def _clause_json(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "name": clause.name,
        **dict(clause_values(clause)),
        "valid_from": _iso(clause.valid_from),
        "valid_to": _iso(clause.valid_to),
        "approved": _iso(clause.approved),
        "end_approved": _iso(clause.end_approved),
        "citations": [{"key": one.parameter.partition(".")[2], **_citation(one)} for one in clause.citations],
    }


def _cited(cited: Cited[Any]) -> dict[str, Any]:
    return {
        "valid_from": cited.valid_from.isoformat(),
        "valid_to": _iso(cited.valid_to),
        "approved": _iso(cited.approved),
        "end_approved": _iso(cited.end_approved),
        **_citation(cited.citation),
    }


def _step_json(step: DisputeStep) -> dict[str, Any]:
    return {
        "matter": step.matter,
        "number": step.number,
        "who": step.who,
        "within_days": step.within_days,
        **_citation(step.citation),
    }


def _days(suspension: Suspension) -> str:
    return _span(suspension.valid_from, suspension.valid_to)


def _span(first: date, last: date | None) -> str:
    if last is None:
        return words("agreement.from", first=first)
    return words("agreement.from_to", first=first, last=last)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "agreement": citation.agreement,
        "clause": citation.clause,
        "source": citation.source,
        "quote": citation.quote,
        "assumption": citation.assumption,
        "reading": citation.reading,
    }


def _source(citation: Citation) -> list[str]:
    of_step = citation.parameter.startswith("dispute_step.")
    key = "" if of_step else citation.parameter.partition(".")[2]
    where = f"{citation.clause} ({citation.agreement})"
    where = f"{parameter_name(key)}, {where}" if key else where
    if citation.quote is not None:
        return paragraph(words("agreement.quote", where=where, words=citation.quote))
    assumed = text_of_data(spoken(), citation.assumption or "")
    return paragraph(words("agreement.assumption", where=where, words=assumed))
