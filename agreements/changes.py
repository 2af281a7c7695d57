"""What changed between two days of one agreement, or stands differently in two, value by value with its clause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from agreements.citation import Citation
from agreements.clause import Clause
from agreements.model import Terms
from agreements.register import Agreements
from agreements.wording import clause_keys, said, values_of


@dataclass(frozen=True, slots=True)
class Worded:
    """A value in words with what it rests on; `citation` is None where the file gives none, as for `care`."""

    value: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class ChangedTerm:
    """A value, or a key of a clause ("<id>.<key>"), that is not the same; None on the side that does not have it."""

    name: str
    before: Worded | None
    after: Worded | None


def changed_terms(agreements: Agreements, name: str, before: date, after: date) -> tuple[ChangedTerm, ...]:
    """Return what one agreement says differently on two days, the statute's values where it is silent.

    Raises:
        UnknownAgreement: no agreement has that name.
        ParameterNotInForce: it does not hold on one of the days.
    """
    return differences(agreements.terms_of(name, before), agreements.terms_of(name, after))


def differences(first: Terms, second: Terms) -> tuple[ChangedTerm, ...]:
    """Return each value or key of a clause that two terms do not have the same, in the order of the first."""
    own, other = dict(_worded(first)), dict(_worded(second))
    return tuple(
        ChangedTerm(name, own.get(name), other.get(name))
        for name in {**own, **other}
        if _value(own.get(name)) != _value(other.get(name))
    )


def _value(worded: Worded | None) -> str | None:
    return None if worded is None else worded.value


def _worded(terms: Terms) -> Iterator[tuple[str, Worded]]:
    for name, cited in values_of(terms):
        yield name, Worded(said(cited.value), cited.citation)
    seen: dict[str, int] = {}
    for clause in terms.clauses:
        seen[clause.id] = seen.get(clause.id, 0) + 1
        identity = clause.id if seen[clause.id] == 1 else f"{clause.id} {seen[clause.id]}"
        for key, value in clause_keys(clause):
            yield f"{identity}.{key}", Worded(value, _citation(clause, key))


def _citation(clause: Clause, key: str) -> Citation | None:
    try:
        return clause.citation(key)
    except KeyError:
        return None
