"""What arrives in a run, and when: files of a simulated county's messages, late, twice, out of order and in bursts."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hemgang.simulate import timed_lines
from tests.faults.simulation.weather import Chance, Weather, chance_of

REGION = "23"
DIRT = 5.0
OLD = 1
"""Stays that were under way before the run: all that is known of them comes in one file at its start."""

TAKEN_BACK = 0.15
"""Share of the messages that are taken back."""
HURRIED = 0.2
"""Share of the lines that come late, and then just when somebody is alerted."""

Timed = tuple[datetime, str]

_EPISODE = re.compile(r'"episode": "([^"]+)"')
MINUTE = timedelta(minutes=1)


@dataclass(eq=False)
class File:
    """Lines that arrive together; `taken_by` is the ingester that is at it, `done` once it was told that it is in.

    `hurries_from`: from then on it comes at once when somebody is alerted about its episode, and at `at` at the latest.
    """

    name: str
    at: datetime
    lines: tuple[str, ...]
    hurries_from: datetime | None = None
    taken_by: str = ""
    done: bool = False


@dataclass
class Inbox:
    """The files of a run, in order of arrival."""

    files: list[File] = field(default_factory=list)

    def take(self, name: str, now: datetime) -> File | None:
        """Take the first file that has arrived and is in nobody's hands."""
        found = min((file for file in self._waiting() if file.at <= now), key=lambda file: file.at, default=None)
        if found is not None:
            found.taken_by = name
        return found

    def hurry(self, episode: str, now: datetime, within: timedelta) -> None:
        """Let what is late about an episode come now: somebody was alerted and looks for it."""
        for file in self._waiting():
            if file.hurries_from is not None and file.hurries_from <= now < file.at and f'"{episode}"' in file.lines[0]:
                file.at, file.hurries_from = now + within, None

    def give_back(self, name: str) -> None:
        """Lay back what a process held that is no more; it is read again."""
        for file in self.files:
            if file.taken_by == name:
                file.taken_by = ""

    def next(self) -> datetime | None:
        """Return when the next file arrives, or arrived."""
        return min((file.at for file in self._waiting()), default=None)

    def _waiting(self) -> Iterator[File]:
        return (file for file in self.files if not file.done and not file.taken_by)


def inbox_of(weather: Weather, *, stays: int) -> Inbox:
    """Return what arrives in a run of so many stays."""
    chance = chance_of(weather.seed, "arrivals")
    days = (weather.clears_at - weather.begins_at).days
    calm = weather.odds_at(weather.begins_at).slow == 0
    start = (weather.begins_at + timedelta(hours=12)).date()
    timed = timed_lines(
        REGION,
        start=start,
        end=start + timedelta(days=days - 1),
        seed=chance.getrandbits(32),
        discharges=stays * 2 + 2,
        dirt=DIRT,
    )
    wanted, old = _chosen(list(timed), weather.begins_at, stays)
    if not calm:
        wanted = sorted((*wanted, *_taken_back(chance, wanted, weather)))
    files = [File("first import", weather.begins_at, tuple(old))] if old else []
    files += _files(chance, wanted, weather)
    if not calm:
        _hold_up(chance, files, weather)
    again = [] if calm else [file for file in files if chance.random() < 0.08]
    twice = [File(f"{one.name} again", _later(chance, one.at, weather), one.lines) for one in again]
    return Inbox(sorted((*files, *twice), key=lambda file: (file.at, file.name)))


def _chosen(timed: list[Timed], begins: datetime, stays: int) -> tuple[list[Timed], list[str]]:
    """Return the lines of the first stays that begin in the span, and all of some that were under way before it."""
    first: dict[str, datetime] = {}
    for at, line in timed:
        for episode in _EPISODE.findall(line):
            first.setdefault(episode.removesuffix("-elsewhere"), at)
    fresh = [episode for episode, at in first.items() if at >= begins][:stays]
    older = [episode for episode, at in first.items() if at < begins][-OLD:]
    wanted, old = [], []
    for at, line in timed:
        of = {episode.removesuffix("-elsewhere") for episode in _EPISODE.findall(line)}
        if of & {*fresh, *older}:
            if at < begins:
                old.append(line)
            else:
                wanted.append((at, line))
    return wanted, old


def _taken_back(chance: Chance, timed: list[Timed], weather: Weather) -> Iterator[Timed]:
    """Yield messages that take others back, within a minute or two days, and half of the time say it anew, later."""
    for at, line in timed:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if told.get("type") in (None, "admitted", "retracted") or chance.random() > TAKEN_BACK:
            continue
        back = (at + MINUTE * chance.choice((1, 600, 2400)) * chance.random()).replace(microsecond=0)
        named = {"episode": told["episode"], "sender": told.get("sender", "ward")}
        gone = {"id": f"{told['id']}-gone", "type": "retracted", "message": told["id"], "at": back.isoformat(), **named}
        again = (back + MINUTE * chance.choice((1, 60, 1200)) * chance.random()).replace(microsecond=0)
        anew = {**told, "id": f"{told['id']}-anew", "at": again.isoformat()}
        anew.pop("received_at", None)
        yield min(back, weather.clears_at), json.dumps(gone)
        if chance.random() < 0.5:
            yield min(again, weather.clears_at), json.dumps(anew)


def _hold_up(chance: Chance, files: list[File], weather: Weather) -> None:
    """Hold back what arrives in some spans of hours; then it comes all at once, seconds apart."""
    days = (weather.clears_at - weather.begins_at).days
    for _ in range(days // 2):
        start = weather.begins_at + (weather.clears_at - weather.begins_at) * chance.random()
        comes_at = min(start + MINUTE * 60 * chance.uniform(1, 10), weather.clears_at)
        for file in files:
            if start <= file.at < comes_at:
                file.at = comes_at
                comes_at = min(
                    comes_at + timedelta(seconds=chance.choice((1, 5, 20)) * chance.random()), weather.clears_at
                )


def _files(chance: Chance, timed: list[Timed], weather: Weather) -> list[File]:
    """Put lines that come close together into one file now and then; some files are late by minutes or hours."""
    files: list[File] = []
    late = weather.odds.slow > 0
    while timed:
        at = timed[0][0]
        span = chance.choice((0, 0, 1, 30)) * MINUTE
        together = [line for when, line in timed if when <= at + span] if span else [timed[0][1]]
        timed = timed[len(together) :]
        wait = chance.choice((0.0, 0.2, 0.2, 1, 5, 300) if late and chance.random() < 0.5 else (0.0,)) * chance.random()
        arrives = min(at + span + wait * MINUTE, weather.clears_at)
        if late and len(together) == 1 and chance.random() < HURRIED:
            latest = min(arrives + timedelta(hours=36 * chance.random()), weather.clears_at)
            files.append(File(f"file {len(files)}", latest, tuple(together), hurries_from=arrives))
        else:
            files.append(File(f"file {len(files)}", arrives, tuple(together)))
    return files


def _later(chance: Chance, at: datetime, weather: Weather) -> datetime:
    return min(at + MINUTE * chance.choice((0, 1, 60 * 24)) * chance.random(), weather.clears_at)
