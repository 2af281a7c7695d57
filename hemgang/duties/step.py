"""One step of an episode's duties: what is new, who is told, what is dropped, and when to look again (3.1, 3.2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hemgang.duties.ladder import Ladder
from hemgang.duties.model import AlertState, Duty, Memory, Step
from hemgang.duties.releasing import release
from hemgang.duties.remembering import name_of, remember
from hemgang.duties.resolving import drop_and_tell
from hemgang.duties.revisions import changes, current_revisions, withdrawn_keys
from hemgang.duties.roster import Roster
from hemgang.duties.rungs import climb
from hemgang.duties.situation import Situation
from hemgang.duties.telling import alerts_of
from hemgang.duties.waking import next_wake
from hemgang.episode.model import Episode


def step(
    episode: Episode, duties: Sequence[Duty], memory: Memory, roster: Roster, ladder: Ladder, now: datetime
) -> Step:
    """Decide everything that follows at `now` from an episode's duties and what was said before; pure.

    `duties` are those of `duties_of` at the same `now`. Done again at the same instant on the memory it leaves,
    it decides nothing.

    Raises:
        ConfigurationError: a recipient of something not urgent has no digest within a year.
    """
    currents = current_revisions(duties, memory)
    situation = Situation(episode, currents, memory, roster, ladder, now)
    resolved = tuple(drop_and_tell(situation))
    dropped = frozenset(name_of(alert) for alert in resolved if alert.state is AlertState.DROPPED)
    climbs = [climb(situation, current) for current in currents.values()]
    decided = Step(
        revisions=tuple(changes(currents, memory)),
        withdrawn_keys=withdrawn_keys(currents, memory),
        rungs=tuple(record for climbed in climbs for record in climbed.done),
        alerts=(
            *resolved,
            *release(situation, dropped),
            *(alert for climbed in climbs for alert in alerts_of(situation, climbed)),
        ),
        next_wake=None,
    )
    return replace(decided, next_wake=next_wake(situation, remember(memory, decided)))
