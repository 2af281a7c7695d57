"""One episode: everything known of it at an instant, gathered."""

from datetime import datetime

from agreements.errors import RateUnknown
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.progress import counted
from hemgang.cli.views.episode_json import episode_json
from hemgang.cli.views.episode_text import episode_text
from hemgang.cli.views.moments import now_or
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.stays import findings_of, one_stay
from hemgang.cli.views.whole import Ledger, Said, Whole
from hemgang.closing.errors import DetailsGone
from hemgang.duties.duties import duties_of
from hemgang.engine.closing import basis_of
from hemgang.engine.installation import Installation
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.liability.explain import months_of
from hemgang.liability.model import Row
from hemgang.liability.month import Month
from hemgang.messages.model import Message
from hemgang.scope import Scope
from hemgang.store.listing import alerts_of


def show_episode(place: Place, scope: Scope, named: str, *, why: str, form: Format, now: str | None) -> None:
    """Show one episode.

    Raises:
        WrongUse: nothing is known of it within the scope.
    """
    known_at = now_or(now)
    by = reader(why)
    with installation_at(place) as installation:
        stay, messages = one_stay(installation.database, scope, named, known_at=known_at)
        log_reading(installation.database, by, action="episode", episode=named)
        whole = _gather(installation, stay, messages, known_at)
    if form is Format.JSON:
        print_json(episode_json(whole))
    else:
        print_lines(episode_text(whole))


def _gather(installation: Installation, stay: Episode, messages: list[Message], now: datetime) -> Whole:
    rules = installation.rules
    with installation.database.reading() as session:
        alerts = alerts_of(session, stay.id)
    return Whole(
        episode=stay,
        said=_said([message for message in messages if message.received_at <= now]),
        duties=duties_of(stay, rules.agreements, rules.roster, now),
        alerts=tuple(alerts),
        findings=findings_of(stay, rules, now=now),
        ledger=_ledger(installation, stay, now),
    )


def _said(messages: list[Message]) -> tuple[Said, ...]:
    ordered = sorted(messages, key=lambda message: message.order)
    return tuple(Said(message, fold(ordered[: number + 1]).state) for number, message in enumerate(ordered))


def _ledger(installation: Installation, stay: Episode, now: datetime) -> Ledger:
    months = months_of(stay, now=now)
    if not months or stay.region is None:
        return Ledger((), ())
    basis = basis_of(installation.database, region=stay.region, months=months, rules=installation.rules, now=now)
    rows: list[Row] = []
    missing: list[tuple[Month, str]] = []
    for month in counted(months, "months"):
        try:
            rows += [row for row in basis.draft(month).ledger if row.episode == stay.id]
        except (RateUnknown, DetailsGone) as unknown:
            missing.append((month, str(unknown)))
    return Ledger(tuple(rows), tuple(missing))
