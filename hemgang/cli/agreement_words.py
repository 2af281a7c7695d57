"""What people read of an agreement: names of clauses and values, values in words, assumptions (docs/agreements.md).

JSON and the agreements' files carry the names that stand here as keys.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import time

from agreements.model import Citation
from agreements.registry import Agreements, clause_in_force
from hemgang.cli.output import spoken, words
from hemgang.i18n.catalogue import text_of_data, texts_in
from hemgang.liability.model import Month

ClauseNames = Mapping[tuple[str, str], str]
"""What each clause is called, by its agreement and id."""

_KINDS: Mapping[str, str] = {
    "gate": "gate_kind",
    "charge": "charge_kind",
    "free_unit": "day_unit",
    "attribution": "attribution",
    "care": "care",
    "late_admission_notice": "policy",
    "late_sip_call": "policy",
    "unknown_sip_need": "policy",
    "unknown_outpatient_care": "policy",
}
"""In which table of names the words of a key stand."""

_WORKING_DAYS = re.compile(
    r"working days (?P<opens>[0-9:]+)–(?P<closes>[0-9:]+)(?P<third> and the third day of a long holiday)?"
)
"""How a rule of staffed hours stands in JSON and in the values of `agreements.diff`."""


def clause_names(agreements: Agreements, month: Month) -> ClauseNames:
    """Return the names of every agreement's clauses; of several with one id, of the one that holds in the month."""
    found = ((name, clause) for name, dated in agreements.dated.items() for clause in dated.clauses)
    in_order = sorted(found, key=lambda one: clause_in_force(one[1], month.first))
    return {(name, clause.id): text_of_data(spoken(), clause.name) for name, clause in in_order}


def short_name(name: str) -> str:
    """Return the part of a clause's name before its colon, for the narrow columns of a table."""
    return name.partition(":")[0]


def term_name(key: str, clauses: ClauseNames, agreements: Sequence[str]) -> str:
    """Return what a value, a clause or a key of one is called; the clause of the first of `agreements` that has it."""
    clause, dot, _ = key.partition(".")
    identity = clause.partition(" ")[0]
    of = [name for agreement in agreements if (name := clauses.get((agreement, identity)))]
    of += [name for (_, one), name in clauses.items() if one == identity]
    if not of:
        return parameter_name(key)
    return f"{short_name(of[0])}, {parameter_name(key)}" if dot else of[0]


def parameter_name(parameter: str) -> str:
    """Return what a value or a clause's key is called, such as `condition-1.free_care_days`: "free care days"."""
    key = parameter.partition(" ")[0].rpartition(".")[2]
    return words(f"names.agreements.parameter.{key}") if _has(f"agreements.parameter.{key}") else parameter


def value_in_words(parameter: str, value: str) -> str:
    """Return a value that `agreements.diff.said` wrote, in the language of this run."""
    key = parameter.rpartition(".")[2]
    if key == "ends_counted":
        return ", ".join(words(f"names.episode.end_kind.{one}") for one in value.split(", "))
    if (hours := _WORKING_DAYS.fullmatch(value)) is not None:
        opens, closes = (time.fromisoformat(hours[name]) for name in ("opens", "closes"))
        third = "_third_day" if hours["third"] else ""
        return words(f"calendar.working_days{third}", opens=opens, closes=closes)
    gate, both, charge = value.partition(" x ")
    if both:
        return f"{_word('gate_kind', gate)}, {_word('charge_kind', charge)}"
    return ", ".join(_word(_KINDS.get(key), one) for one in value.split(", "))


def assumption_text(citation: Citation) -> str:
    """Return the assumption that a value rests on, with the agreement and the clause it stands in for."""
    return words(
        "closing.assumption",
        agreement=citation.agreement,
        parameter=parameter_name(citation.parameter),
        clause=citation.clause,
        assumption=text_of_data(spoken(), citation.assumption or ""),
    )


def _word(kind: str | None, word: str) -> str:
    if kind is not None and _has(f"agreements.{kind}.{word}"):
        return words(f"names.agreements.{kind}.{word}")
    if f"agreement.value.{word}" in texts_in(spoken()):
        return words(f"agreement.value.{word}")
    first, _, rest = word.partition(" ")
    if rest == "or more":
        return words("agreement.ages", first=first)
    number, county_mean, month = word.partition("county mean of ")
    if county_mean:
        return words("agreement.county_mean", number=number, month=Month.parse(month.rstrip(")")).first).strip()
    return word


def _has(name: str) -> bool:
    return f"names.{name}" in texts_in(spoken())
