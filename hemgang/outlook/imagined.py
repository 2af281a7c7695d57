"""Agreements as if: one agreement's terms of one day made to govern a region at all times (specification 4.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from agreements.citation import Cited
from agreements.clause import Clause
from agreements.model import Agreement, Terms
from agreements.names import STATUTE
from agreements.register import Agreements, DatedAgreement
from agreements.terms import holds, row_on
from agreements.wording import values_of
from hemgang.liability.month import FIRST_DATE
from hemgang.liability.rulebook import Rulebook, agreement_of
from hemgang.outlook.errors import NoClause

ACTUAL = "actual"
"""The word for what really governs, whatever its dates and parties."""

IMAGINED = "imagined"
"""The name under which terms that stand in no file govern a region."""

NOWHERE = ""
"""The region of an agreement that governs none."""


@dataclass(frozen=True, slots=True)
class World:
    """A set of agreements to compute by, and what it is called.

    `name` is the agreement's, or `actual`; `on` is the day whose terms it has, None for `actual`.
    """

    name: str
    on: date | None
    agreements: Agreements

    @property
    def label(self) -> str:
        """What the world is called: the name, with the day where there is one."""
        return self.name if self.on is None else f"{self.name}@{self.on.isoformat()}"


def as_if(agreements: Agreements, name: str, *, on: date, region: str) -> Agreements:
    """Return agreements in which the terms of one, as they hold on a day, govern a region from 2018-01-01 without end.

    Its dates, region and parties are lifted: it governs every payer of the region. Where it is silent the statute as it
    holds on the day does; a payer of another region is under the statute. No other agreement is among them.

    Raises:
        UnknownAgreement: there is no agreement of that name.
        ParameterNotInForce: it does not hold on the day.
        NoClause: it has no clause of its own on the day.
    """
    agreements.terms_of(name, on)
    statute = _frozen(agreements.dated[STATUTE], on)
    if name == STATUTE:
        return Agreements(dated={STATUTE: statute})
    own = _frozen(agreements.dated[name], on)
    if not own.clauses:
        raise NoClause(name, on)
    head = replace(own.agreement, region=region, parties=(), suspensions=())
    return Agreements(dated={STATUTE: statute, name: replace(own, agreement=head)})


def of_terms(terms: Terms, *, region: str, statute: DatedAgreement) -> Agreements:
    """Return agreements in which terms that may stand in no file govern a region at all times."""
    head = replace(statute.agreement, name=IMAGINED, region=region, parties=())
    values = {name: (_always(cited),) for name, cited in values_of(terms)}
    clauses = tuple(_clause_always(clause) for clause in terms.clauses)
    host = DatedAgreement(agreement=head, values=values, clauses=clauses, file=statute.file)
    # A clause keeps the name of its file, which is asked for the amount agreed on.
    aliases = {
        name: replace(host, agreement=replace(head, name=name, region=NOWHERE))
        for name in {agreement_of(clause) for clause in clauses} - {STATUTE}
    }
    return Agreements(dated={STATUTE: statute, **aliases, IMAGINED: host})


def with_clauses(agreements: Agreements, change: Callable[[Clause], Clause]) -> Agreements:
    """Return the agreements with every clause, in each of its versions, as `change` makes it."""
    changed = {
        name: replace(dated, clauses=tuple(change(clause) for clause in dated.clauses))
        for name, dated in agreements.dated.items()
    }
    return Agreements(dated=changed)


def ruled_by(book: Rulebook, agreements: Agreements) -> Rulebook:
    """Return the rulebook with other agreements, and without what it remembers of its own."""
    return replace(book, agreements=agreements)


def nearest_day(agreement: Agreement, wanted: date) -> date:
    """Return the wanted day where the agreement holds then, else its first or last day, whichever is nearer to it."""
    if wanted < agreement.valid_from:
        return agreement.valid_from
    return wanted if agreement.valid_to is None else min(wanted, agreement.valid_to)


def _frozen(dated: DatedAgreement, on: date) -> DatedAgreement:
    found = {name: row_on(rows, on) for name, rows in dated.values.items()}
    values: Mapping[str, tuple[Cited[object], ...]] = {
        name: (_always(row),) for name, row in found.items() if row is not None
    }
    clauses = tuple(_clause_always(clause) for clause in dated.clauses if holds(clause, on))
    head = replace(dated.agreement, valid_from=FIRST_DATE, valid_to=None, approved=None)
    return replace(dated, agreement=head, values=values, clauses=clauses)


def _always(row: Cited[object]) -> Cited[object]:
    return replace(row, valid_from=FIRST_DATE, valid_to=None, approved=None, end_approved=None)


def _clause_always(clause: Clause) -> Clause:
    return replace(clause, valid_from=FIRST_DATE, valid_to=None, approved=None, end_approved=None)
