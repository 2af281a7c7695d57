"""Lists what is amiss in agreements: dates, names, payers and quotes; behind `hemgang agreements check`."""

from collections.abc import Iterator, Mapping
from datetime import date

from agreements.citation import Citation
from agreements.consistency import consistency
from agreements.coverage import Problem, coverage
from agreements.names import VALUES
from agreements.payer_dates import payer_problems
from agreements.payers import Payers
from agreements.rates import Rates
from agreements.register import Agreements
from agreements.sources import normalised

__all__ = ["Problem", "check", "known_gaps"]


def check(
    agreements: Agreements,
    *,
    sources: Mapping[str, str],
    rates: Rates | None = None,
    payers: Payers | None = None,
) -> tuple[Problem, ...]:
    """List gaps, overlaps, values nobody reads and quotes that their source does not hold; empty = all well.

    `sources` are the texts by name, white space normalised (`agreements.sources.read_sources`).
    """
    problems = [*coverage(agreements), *consistency(agreements)]
    for dated in agreements.dated.values():
        problems += (
            Problem("unknown_value", dated.file, name, "no such value is known", rows[0].citation.line)
            for name, rows in dated.values.items()
            if name not in VALUES
        )
        problems += _unproved(dated.citations(), file=dated.file, sources=sources)
    if rates is not None:
        citations = tuple(rate.citation for rate in rates.by_year.values())
        problems += _unproved(citations, file=rates.file, sources=sources)
    if payers is not None:
        citations = tuple(payer.citation for payer in payers.listed)
        problems += (*payer_problems(payers), *_unproved(citations, file=payers.file, sources=sources))
    return tuple(problems)


def known_gaps(agreements: Agreements, *, rates: Rates, today: date) -> tuple[Problem, ...]:
    """List the years from the first agreement's to today's whose amount a care day is not known.

    They are known gaps and not amiss: closing a month of such a year is an error of its own.
    """
    first = min(dated.agreement.valid_from.year for dated in agreements.dated.values())
    return tuple(
        Problem("missing_rate", rates.file, f"amount_kr.{year}", f"no amount a care day is known for {year}")
        for year in range(first, today.year + 1)
        if year not in rates.by_year
    )


def _unproved(citations: tuple[Citation, ...], *, file: str, sources: Mapping[str, str]) -> Iterator[Problem]:
    for citation in citations:
        if citation.quote is None or citation.source is None:
            continue
        if citation.source not in sources:
            message = f"there is no source text named {citation.source}"
            yield Problem("unknown_source", file, citation.parameter, message, citation.line)
        elif normalised(citation.quote) not in sources[citation.source]:
            message = f"the quote does not stand in {citation.source}"
            yield Problem("unproved_quote", file, citation.parameter, message, citation.line)
