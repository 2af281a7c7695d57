"""Takes the place of the channels: boxes at a few servers, which refuse, limit or keep silent for a while."""

import re
import zlib
from dataclasses import dataclass
from datetime import timedelta

from hemgang.notifications.channels import SecretUrl
from hemgang.notifications.retry import Attempt, Outcome, Reason
from hemgang.simulate import county_of, directory_text
from tests.faults.simulation.history import Sending
from tests.faults.simulation.stage import Stage
from tests.faults.simulation.weather import SITES, Trouble

REFERENCE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b")
_CHANNEL = re.compile(r'\[\[channel\]\]\nid = "(mail-([^"]+))"\nurl = "[^"]+"\n')
_ADDRESS = re.compile(r"//site-(\d)\.invalid.*[?&]to=([^@]+)@")
SECOND = timedelta(seconds=1)

ANSWERS = {
    Trouble.REFUSES: Attempt(Outcome.FAILED, Reason.REFUSED, 550, permanent=True),
    Trouble.LIMITS: Attempt(Outcome.FAILED, Reason.REFUSED, 450),
    Trouble.SILENT: Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT),
    Trouble.TAKES_AND_KEEPS_SILENT: Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT),
    Trouble.BREAKS_OFF: Attempt(Outcome.UNKNOWN, Reason.CONNECTION_LOST),
    Trouble.UNREACHABLE: Attempt(Outcome.FAILED, Reason.UNREACHABLE),
}


def site_of(box: str) -> int:
    """Return the server at which a box is."""
    return zlib.crc32(box.encode()) % SITES


def has_relay(box: str) -> bool:
    """Whether a box can be reached by another server too."""
    return zlib.crc32(box.encode()) // SITES % 3 == 0


def directory(region: str) -> str:
    """Return the directory of a county whose boxes are at these servers, a third of them with a fallback."""
    return _CHANNEL.sub(
        lambda found: _channels(found[1], found[2]), directory_text(county_of(region), mail_host="h", mail_port=25)
    )


def _channels(name: str, box: str) -> str:
    site = site_of(box)
    main = f'[[channel]]\nid = "{name}"\nurl = "{_url(site, box)}"\n'
    if not has_relay(box):
        return main
    relay = f'\n[[channel]]\nid = "relay-{box}"\nurl = "{_url((site + 1) % SITES, box)}"\n'
    return f'{main}fallback = "relay-{box}"\n{relay}'


def _url(site: int, box: str) -> str:
    return f"mailto://site-{site}.invalid:25?from=hemgang@example.invalid&to={box}@example.invalid"


@dataclass(frozen=True, slots=True)
class Boxes:
    """What is sent in a run arrives here, or not."""

    stage: Stage

    def send(self, url: SecretUrl, _title: str, body: str, reference: str, timeout: float) -> Attempt:
        """Take one message, in the sender's time."""
        stage, found = self.stage, _ADDRESS.search(url.reveal())
        assert found is not None
        sweep = stage.sweeps[stage.actor.name]
        named = frozenset(REFERENCE.findall(body)) - {reference}
        sending = Sending(
            sender=stage.actor.owner,
            claimed_at=sweep.claimed_at or stage.world.now,
            now=sweep.now,
            begun_at=stage.world.now,
            reference=reference,
            alerts=named or frozenset({reference}),
            box=found[2],
            site=int(found[1]),
            body=body,
        )
        stage.history.sendings.append(sending)
        self._may_die()
        attempt = self._answer(sending, timeout)
        sending.told = attempt.outcome.value
        self._may_die()
        return attempt

    def _answer(self, sending: Sending, timeout: float) -> Attempt:
        stage, chance = self.stage, self.stage.chance
        trouble = self._trouble(sending.site)
        if trouble is None:
            stage.world.sleep(SECOND * chance.choice((0.1, 0.5, 3)) * chance.random())
            sending.got_at = stage.world.now
            stage.note(f"{sending.box} got {sending.reference}")
            stage.world.sleep(SECOND * 0.1 * chance.random())
            return Attempt(Outcome.DELIVERED, Reason.ACCEPTED)
        stage.history.sites.append((sending.site, stage.world.now))
        if trouble is Trouble.TAKES_AND_KEEPS_SILENT or (trouble is Trouble.BREAKS_OFF and chance.random() < 0.5):
            sending.got_at = stage.world.now + SECOND * chance.uniform(0.1, 90)
        stage.note(f"{sending.box} {trouble} {sending.reference}, gets it {sending.got_at}")
        attempt = ANSWERS[trouble]
        silent = attempt.reason is Reason.TIMED_OUT
        stage.world.sleep(SECOND * (timeout if silent else chance.random()))
        return attempt

    def _trouble(self, site: int) -> Trouble | None:
        stage = self.stage
        for where, span, trouble in stage.weather.sites:
            if where == site and span.holds(stage.world.now):
                return trouble
        if stage.chance.random() < stage.odds.channel:
            return stage.chance.choice(list(Trouble))
        return None

    def _may_die(self) -> None:
        if self.stage.chance.random() < 3 * self.stage.odds.dies:
            self.stage.note("dies while it sends")
            self.stage.die()
