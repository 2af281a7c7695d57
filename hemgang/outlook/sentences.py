"""A payer's standing against its threshold in sentences, Swedish and English: only what is true is said (4.1)."""

from collections.abc import Iterator
from datetime import date

from hemgang.liability.pricing import kronor
from hemgang.liability.sentences import Language
from hemgang.outlook.leaving import ClauseDates, OpenStay
from hemgang.outlook.standing import MeanStanding, ShareStanding
from hemgang.outlook.threshold import ClauseStanding, PayerStanding
from hemgang.outlook.words import WORDS


def sentences(one: PayerStanding, today: date, language: Language) -> Iterator[str]:
    """Yield what is to be said of a payer: each clause's standing, which patients decide it, what failing costs."""
    for clause in one.clauses:
        names = {"name": one.name or one.payer, "clause": clause.clause.id}
        decisive = deciding(one.stays, clause, today)
        key, values = _standing(clause, can_leave=bool(decisive))
        yield WORDS[language][key].format(**names, **values)
        if decisive and isinstance(clause.standing, ShareStanding):
            yield WORDS[language]["decides"].format(episodes=", ".join(stay.episode for stay in decisive))
        yield from _cost(clause, language)


def deciding(stays: tuple[OpenStay, ...], clause: ClauseStanding, today: date) -> tuple[OpenStay, ...]:
    """Return the patients still in who count as early under the clause if they leave today or later."""
    return tuple(stay for stay in stays if any(_early(dates, clause, today) for dates in stay.clauses))


def _early(dates: ClauseDates, clause: ClauseStanding, today: date) -> bool:
    same = (dates.agreement, dates.clause) == clause.failing.clause
    return same and dates.early_until is not None and dates.early_until >= today


def _standing(clause: ClauseStanding, *, can_leave: bool) -> tuple[str, dict[str, object]]:
    match clause.standing:
        case None:
            return ("waits" if clause.exempt else "decided"), {}
        case ShareStanding():
            return _share(clause.standing, can_leave=can_leave)
        case MeanStanding():
            return _mean(clause.standing)


def _share(one: ShareStanding, *, can_leave: bool) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {"early": one.early, "all": one.population, "threshold": one.threshold}
    if not one.exempt:
        if one.needed is None:
            return "never", values
        if one.needed == 1 and can_leave:
            return "one", values
        return "needs", values | {"needed": one.needed}
    if one.population == 0:
        return "nobody", {}
    if one.bearable is None:
        return "free", values
    return ("bears" if one.bearable else "edge"), values | {"bearable": one.bearable}


def _mean(one: MeanStanding) -> tuple[str, dict[str, object]]:
    if one.mean is None:
        return "nobody", {}
    values = {"days": one.days, "all": one.population, "mean": one.mean, "threshold": one.threshold}
    if one.room >= 0:
        return "below", values | {"room": one.room}
    return ("excused" if one.exempt else "above"), values | {"over": -one.room}


def _cost(clause: ClauseStanding, language: Language) -> Iterator[str]:
    cost = clause.failing
    if cost.amount is None:
        yield WORDS[language]["unpriced"].format(care_days=cost.care_days)
    elif cost.care_days:
        yield WORDS[language]["cost"].format(amount=f"{kronor(cost.amount):f}", care_days=cost.care_days)
