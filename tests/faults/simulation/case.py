"""One played run laid beside its oracle: what every check looks at."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from hemgang.messages.canonical import Canonical, canonical_of
from hemgang.messages.model import Message, Rejection
from hemgang.messages.readers import read_ndjson
from hemgang.messages.validation import read_message
from tests.faults.simulation.boxes import has_relay, site_of
from tests.faults.simulation.history import Sending
from tests.faults.simulation.ideal import Course, course_of
from tests.faults.simulation.playing import RESTS_FOR, Played
from tests.faults.simulation.quiet import Peace, Quiet
from tests.faults.simulation.tables import AlertSeen
from tests.faults.simulation.weather import SITES


@dataclass
class Case:
    """A run, what was sent in, how it should have gone, and by when what must have happened."""

    played: Played
    _peace: dict[str, Peace] = field(default_factory=dict)

    @property
    def ends_at(self) -> datetime:
        """The last instant of the run."""
        return self.played.weather.clears_at + RESTS_FOR

    @property
    def skew(self) -> timedelta:
        """By how much the clocks of two processes may differ."""
        return 2 * self.played.weather.skew

    @cached_property
    def sent_in(self) -> dict[str, dict[str, tuple[Canonical, Message]]]:
        """Every message that was sent in and can be read, by id and digest: of one id there may be several."""
        found: dict[str, dict[str, tuple[Canonical, Message]]] = {}
        for file in self.played.inbox.files:
            for line in read_ndjson(io.BytesIO("".join(f"{one}\n" for one in file.lines).encode())):
                read = line.content if isinstance(line.content, Rejection) else read_message(line.content, now=file.at)
                if not isinstance(read, Rejection):
                    told = canonical_of(read.message)
                    found.setdefault(told.id, {})[told.digest] = (told, read.message)
        return found

    @cached_property
    def course(self) -> Course:
        """How everything would have gone with the facts as they were stored."""
        stored = self.played.tables.messages
        facts = [
            (at, self.sent_in[one][stored[one]][1])
            for at, one in self.played.history.facts
            if stored.get(one) in self.sent_in.get(one, {})
        ]
        return course_of(facts, self.played.rules, until=self.ends_at)

    @cached_property
    def quiet(self) -> Quiet:
        """The deadlines of this run."""
        return Quiet(self.played.history, self.played.weather, self.played.rules, self.played.ticks)

    @cached_property
    def stepping(self) -> Peace:
        """The peace that a step needs."""
        return self.quiet.stepping()

    @cached_property
    def alerts(self) -> dict[str, AlertSeen]:
        """The outbox at the end, by reference."""
        return {alert.reference: alert for alert in self.played.tables.alerts}

    @cached_property
    def sendings(self) -> dict[str, list[Sending]]:
        """Every sending that an alert was in, in the order in which they began."""
        found: dict[str, list[Sending]] = {}
        for sending in self.played.history.sendings:
            for reference in sorted(sending.alerts):
                found.setdefault(reference, []).append(sending)
        return found

    def receiving(self, box: str) -> Peace:
        """Return the peace that it takes to reach a box."""
        site = site_of(box)
        if box not in self._peace:
            self._peace[box] = self.quiet.receiving({site, (site + 1) % SITES} if has_relay(box) else {site})
        return self._peace[box]

    def got_at(self, reference: str) -> datetime | None:
        """Return when an alert was first received."""
        got = [one.got_at for one in self.sendings.get(reference, []) if one.got_at is not None]
        return min(got, default=None)
