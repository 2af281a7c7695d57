"""The findings that touch money: closing over them needs a named decision (the quality gate of specification 4.5)."""

from collections.abc import Collection, Iterable, Iterator

from hemgang.episode.checks import checks
from hemgang.episode.model import Episode
from hemgang.findings import Code, Finding
from hemgang.liability.model import MoneyFinding
from hemgang.liability.rules import RuledPeriod, Rules

NO_RULE_IN_FORCE = "no_rule_in_force"
"""A ready period whose clock date lies before the act: nothing here says what its days cost."""

TOUCHES_MONEY = frozenset(
    {
        Code.OUT_OF_ORDER,
        Code.UNKNOWN_MESSAGE,
        Code.READY_WITHOUT_CARE_PLAN,
        Code.ADMISSION_NOTICE_MISSING,
        Code.DISCHARGE_MISSING,
        Code.UNKNOWN_PAYER,
    }
)
"""Findings that may hide or make a charged day; the others are about form."""

_FACT_LISTS = (
    "admission_notices",
    "acknowledgements",
    "planning_starts",
    "care_contacts",
    "expected_discharges",
    "sip_needs",
    "outpatient_care",
    "care_plans",
    "sip_calls",
    "sips_held",
    "sips_established",
    "discharge_information",
)


def money_findings(
    stays: Collection[Episode], periods: Iterable[RuledPeriod], rules: Rules
) -> tuple[MoneyFinding, ...]:
    """Return the findings of the stays that touch money, sorted by episode, code and messages.

    `periods` are ready periods of these and perhaps other stays.
    """
    found = {finding for stay in stays for finding in _of_stay(stay, rules)}
    asked = {stay.id for stay in stays}
    found.update(_without_rule(ruled) for ruled in periods if ruled.terms is None and ruled.episode.id in asked)
    return tuple(sorted(found, key=lambda finding: (finding.episode, finding.code, finding.messages, finding.expected)))


def _of_stay(stay: Episode, rules: Rules) -> Iterator[MoneyFinding]:
    later = checks(stay, now=rules.now, payers=rules.municipalities)
    for finding in (*stay.findings, *later):
        if finding.code in TOUCHES_MONEY and not _counted_all_the_same(finding, stay):
            yield MoneyFinding(finding.code.value, stay.id, finding.messages, finding.expected)


def _without_rule(ruled: RuledPeriod) -> MoneyFinding:
    expected = "a clock date on which the act or an agreement is in force"
    return MoneyFinding(NO_RULE_IN_FORCE, ruled.episode.id, (ruled.period.notice.message,), expected)


def _counted_all_the_same(finding: Finding, stay: Episode) -> bool:
    """Tell whether an early message was kept as a fact (a notice sent before the admission): nothing is lost."""
    if finding.code is not Code.OUT_OF_ORDER:
        return False
    kept = {fact.message for name in _FACT_LISTS for fact in getattr(stay, name)}
    return kept.issuperset(finding.messages)
