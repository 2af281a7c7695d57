"""The threads of a sender, in virtual time: so many at once, each a line of work of the process that asks."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.faults.simulation.world import Killed, Strand, World

T = TypeVar("T")
R = TypeVar("R")


class Crew:
    """Takes the place of `ThreadPoolExecutor`."""

    def __init__(self, world: World, at_once: int) -> None:
        """Begin with nobody at work."""
        self._world = world
        self._at_once = at_once
        self._hands: list[Strand] = []
        self._results: dict[int, Any] = {}
        self._waiting = False

    def __enter__(self) -> Self:
        """Open it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None) -> None:
        """Wait for those at work; where the process died they die too."""
        if kind is not None and not issubclass(kind, Exception):
            for hand in self._hands:
                if not hand.work.dead and issubclass(kind, Killed):
                    self._world.wake(hand, Killed())
            return
        while any(not hand.work.dead for hand in self._hands):
            self._pause()

    def map(self, call: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Call for every item, some at once, and yield the results in order."""
        waiting = list(enumerate(items))
        count_of_items = len(waiting)
        main = self._world.running
        assert main is not None

        def hand() -> None:
            try:
                while waiting:
                    number, item = waiting.pop(0)
                    self._results[number] = self._called(call, item)
                    self._wake(main)
            except Killed:
                waiting.clear()
            self._wake(main)

        for _ in range(min(self._at_once, count_of_items)):
            self._hands.append(self._world.start(main.actor, hand))
        return self._in_order(count_of_items)

    def _in_order(self, number_of_items: int) -> Iterator[Any]:
        for number in range(number_of_items):
            while number not in self._results:
                self._pause()
            result = self._results.pop(number)
            if isinstance(result, Exception):
                raise result
            yield result

    @staticmethod
    def _called(call: Callable[[T], R], item: T) -> R | Exception:
        try:
            return call(item)
        except Exception as error:
            return error

    def _pause(self) -> None:
        self._waiting = True
        try:
            self._world.wait()
        finally:
            self._waiting = False

    def _wake(self, main: Strand) -> None:
        if self._waiting:
            self._world.wake(main)
