"""Episodes as a reader may see them: listed, one with everything that follows from it, its duties, its care days.

Every function here keeps to the scope it is given and enters the reading in the access log before anything is returned.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from agreements.tomlfile import RateUnknown
from calendars.timezone import local_date
from hemgang.closing.review import DetailsGone
from hemgang.duties.model import Duty
from hemgang.duties.rules import duties_of
from hemgang.episode.fold import checks, fold
from hemgang.episode.model import Episode, State
from hemgang.findings import Finding
from hemgang.i18n.catalogue import phrase
from hemgang.i18n.language import Language
from hemgang.liability.explain import Explanation, explain, months_of
from hemgang.liability.model import Draft, LedgerRow, Month
from hemgang.messages.identity_numbers import redacted
from hemgang.messages.model import Message
from hemgang.queries.access import ALL, NothingStored, log_reading
from hemgang.references import normalized_reference
from hemgang.scope import Scope
from hemgang.services.closing import draft_inputs
from hemgang.services.installation import Installation, ReferenceData
from hemgang.store import messages
from hemgang.store.access_log import Reader
from hemgang.store.database import Database
from hemgang.store.outbox import OutboxAlert, alerts_of, episodes_with_reference
from hemgang.store.retention import tombstone_of

AT_ONCE = 1_000
"""Episodes read in one snapshot; folding them takes longer, and no snapshot should stay open for it."""

Progress = Callable[[str], None]
"""Is given each month as it is begun, and an empty text at the end."""


@dataclass(frozen=True, slots=True)
class ListedEpisode:
    """An episode with its findings: those of the fold, and those that need agreement, directory and time."""

    episode: Episode
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A message, and the state of the episode once it and all before it in message order are known."""

    message: Message
    state: State


@dataclass(frozen=True, slots=True)
class EpisodeLedger:
    """The episode's rows of the months that can be computed, and why the others cannot."""

    rows: tuple[LedgerRow, ...]
    missing: tuple[tuple[Month, RateUnknown | DetailsGone], ...]


@dataclass(frozen=True, slots=True)
class EpisodeView:
    """An episode with everything that follows from it."""

    episode: Episode
    history: tuple[HistoryEntry, ...]
    duties: tuple[Duty, ...]
    alerts: tuple[OutboxAlert, ...]
    findings: tuple[Finding, ...]
    ledger: EpisodeLedger


def list_episodes(
    installation: Installation,
    reader: Reader,
    scope: Scope,
    *,
    known_at: datetime,
    region: str | None = None,
    states: Collection[State] = frozenset(State),
    reference: str | None = None,
) -> Iterator[ListedEpisode]:
    """Return the episodes in the scope as known at `known_at`, by id; only those that a reference names, if given.

    `region` keeps those whose county it is in the end. What a reference names is logged episode by episode.

    Raises:
        NothingStored: nothing that the reader may see has the reference.
    """
    database = installation.database
    found: Iterator[Episode] | list[Episode]
    if reference is None:
        log_reading(database, reader, action="episodes")
        found = visible_episodes(database, scope, known_at=known_at, region=region)
    else:
        found = _with_reference(database, scope, reference, known_at=known_at)
        for episode in found:
            log_reading(database, reader, action="episodes", episode=episode.id)
    rules = installation.rules
    return (
        ListedEpisode(episode, findings_of(episode, rules, now=known_at))
        for episode in found
        if episode.state in states and region in (None, episode.region)
    )


def view_episode(
    installation: Installation, reader: Reader, scope: Scope, episode: str, *, known_at: datetime, progress: Progress
) -> EpisodeView:
    """Return one episode with everything that follows from it, as known at `known_at`.

    Raises:
        NothingStored: nothing that the reader may see is stored of it.
    """
    found, stored = _visible_episode(installation.database, scope, episode, known_at=known_at)
    log_reading(installation.database, reader, action="episode", episode=episode)
    with installation.database.reading() as session:
        alerts = alerts_of(session, episode)
    rules = installation.rules
    return EpisodeView(
        episode=found,
        history=_history([message for message in stored if message.received_at <= known_at]),
        duties=duties_of(found, rules.agreements, rules.roster, known_at),
        alerts=tuple(alerts),
        findings=findings_of(found, rules, now=known_at),
        ledger=_ledger(installation, found, known_at, progress),
    )


def list_duties(
    installation: Installation, reader: Reader, scope: Scope, *, known_at: datetime, episode: str | None
) -> Iterator[tuple[Duty, ...]]:
    """Return the duties of each episode in the scope, or of one, as they stand at `known_at`.

    Raises:
        NothingStored: nothing that the reader may see is stored of the one.
    """
    found: Iterator[Episode] | list[Episode]
    if episode is None:
        found = visible_episodes(installation.database, scope, known_at=known_at)
    else:
        found = [_visible_episode(installation.database, scope, episode, known_at=known_at)[0]]
    log_reading(installation.database, reader, action="duties", episode=episode or ALL)
    rules = installation.rules
    return (duties_of(one, rules.agreements, rules.roster, known_at) for one in found)


def explain_episode(
    installation: Installation,
    reader: Reader,
    scope: Scope,
    episode: str,
    *,
    day: date | None,
    language: Language,
    known_at: datetime,
    progress: Progress,
) -> Sequence[Explanation]:
    """Return why every run of care days of an episode, or the one on a date, is charged, free or not provable.

    Raises:
        NothingStored: nothing that the reader may see is stored of it.
    """
    found, _ = _visible_episode(installation.database, scope, episode, known_at=known_at)
    log_reading(installation.database, reader, action="explain", episode=episode)
    months = months_of(found, now=known_at, day=day)
    drafts = [draft() for _, draft in _drafts(installation, found, months, known_at, progress, priced=False)]
    rules = installation.rules
    return explain(
        found,
        tuple(drafts),
        agreements=rules.agreements,
        rates=rules.rates,
        municipalities=rules.municipalities,
        payers=rules.payers,
        now=known_at,
        language=language,
        day=day,
    )


def visible_episodes(
    database: Database, scope: Scope, *, known_at: datetime, region: str | None = None
) -> Iterator[Episode]:
    """Yield every episode in the scope of which something was received by `known_at`, by id; for other queries.

    `region` keeps those that were ever in the county. Which there are is read at once, what they hold some at a time.
    """
    with database.reading() as session:
        ids = messages.known_episodes(session, received_by=known_at, region=region)
    for start in range(0, len(ids), AT_ONCE):
        with database.reading() as session:
            stored = messages.of_episodes(session, ids[start : start + AT_ONCE])
        for episode, own in stored.items():
            found = fold(own, episode=episode, as_of=known_at)
            if _is_visible(scope, found):
                yield found


def findings_of(episode: Episode, rules: ReferenceData, *, now: datetime) -> tuple[Finding, ...]:
    """Return the findings of the fold with those that need the agreement, the payers, the directory and the time."""
    hours = None
    if (
        episode.end is not None
        and episode.region is not None
        and rules.agreements.named("lus").in_force(on := local_date(episode.end.at))
    ):
        payer = episode.payer_on(on)
        agreed = rules.agreements.terms(episode.region, on, payer.payer if payer else None).discharge_hours
        hours = agreed.value if agreed else None
    contacts = None
    if rules.directory is not None:
        contacts = {party.id for party in rules.directory.parties.values() if party.kind is None}
    later = checks(episode, now=now, payers=rules.municipalities, discharge_hours=hours, contacts=contacts)
    return (*episode.findings, *later)


def _with_reference(database: Database, scope: Scope, reference: str, *, known_at: datetime) -> list[Episode]:
    """Return the episodes in the scope whose discharge, alert or bundle has a reference, by id."""
    with database.reading() as session:
        named = episodes_with_reference(session, normalized_reference(reference))
        stored = messages.of_episodes(session, named)
    known = {episode: own for episode, own in stored.items() if any(message.received_at <= known_at for message in own)}
    folded = [fold(own, episode=episode, as_of=known_at) for episode, own in known.items()]
    visible = [episode for episode in folded if _is_visible(scope, episode)]
    if not visible:
        raise NothingStored(phrase("query.no_such_reference", reference=redacted(reference)))
    return visible


def _visible_episode(
    database: Database, scope: Scope, episode: str, *, known_at: datetime
) -> tuple[Episode, list[Message]]:
    """Return an episode as known at `known_at`, with every message that is stored of it."""
    with database.reading() as session:
        stored = messages.of_episode(session, episode)
        tombstone = tombstone_of(session, episode) if not stored else None
    if tombstone is not None and scope.shows(tombstone.region, (tombstone.payer,)):
        raise NothingStored(
            phrase(
                "query.details_gone",
                episode=redacted(episode),
                date=local_date(tombstone.at),
                region=tombstone.region,
                basis=tombstone.basis,
            )
        )
    found = fold(stored, episode=episode, as_of=known_at)
    if not stored or not _is_visible(scope, found):
        raise NothingStored(phrase("query.nothing_stored", episode=redacted(episode)))
    return found, stored


def _is_visible(scope: Scope, episode: Episode) -> bool:
    return scope.shows(episode.region, (held.payer for held in episode.payers))


def _history(known: Sequence[Message]) -> tuple[HistoryEntry, ...]:
    ordered = sorted(known, key=lambda message: message.order)
    return tuple(HistoryEntry(message, fold(ordered[: number + 1]).state) for number, message in enumerate(ordered))


def _ledger(installation: Installation, episode: Episode, now: datetime, progress: Progress) -> EpisodeLedger:
    rows: list[LedgerRow] = []
    missing: list[tuple[Month, RateUnknown | DetailsGone]] = []
    for month, draft in _drafts(installation, episode, months_of(episode, now=now), now, progress):
        try:
            rows += [row for row in draft().ledger if row.episode == episode.id]
        except (RateUnknown, DetailsGone) as unknown:
            missing.append((month, unknown))
    return EpisodeLedger(tuple(rows), tuple(missing))


def _drafts(
    installation: Installation,
    episode: Episode,
    months: Sequence[Month],
    now: datetime,
    progress: Progress,
    *,
    priced: bool = True,
) -> Iterator[tuple[Month, Callable[[], Draft]]]:
    """Yield for each month what drafts it, all from one reading of what the months rest on."""
    if not months or episode.region is None:
        return
    inputs = draft_inputs(
        installation.database, region=episode.region, months=months, rules=installation.rules, now=now
    )
    for month in months:
        progress(f"{month} …")
        yield month, partial(inputs.draft, month, priced=priced)
    progress("")
