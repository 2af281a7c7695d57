"""What is told to an installation in the canary tests: one ordinary stay, and lines that hold a number somewhere."""

import json
from collections.abc import Iterator

from hemgang.messages.model import MessageType
from hemgang.messages.schema import COMMON, OWN
from tests.privacy.people import carried, notations, people

TOLD: tuple[tuple[str, str, dict[str, object]], ...] = (
    (
        "admitted",
        "2023-03-01T07:00:00Z",
        {"region": "23", "municipality": "2326", "care": "somatic", "clinic": "ward-1"},
    ),
    ("admission_notice", "2023-03-02T09:00:00Z", {"expected_discharge": "2023-03-06"}),
    ("ready_notice", "2023-03-06T09:00:00Z", {}),
    ("sip_called", "2023-03-06T10:00:00Z", {}),
    ("discharged", "2023-03-20T10:00:00Z", {}),
)


def stay() -> list[dict[str, object]]:
    """Return a stay without any number, which is charged and about which people are told."""
    return [
        {"id": f"m{number}", "episode": "e1", "type": kind, "at": at, **more}
        for number, (kind, at, more) in enumerate(TOLD)
    ]


def texts() -> Iterator[str]:
    """Yield a text with a number in it, endlessly: every person, every notation, every way to carry it in turn."""
    everybody = people()
    number = 0
    while True:
        notation = notations(everybody[number % len(everybody)])[number % 12]
        yield [*carried(notation)][number // 12 % 6]
        number += 1


def canaries(most: int = 10_000) -> Iterator[str]:
    """Yield lines with a number in each field of each type in turn, deep, escaped, cut off, as a name, as digits."""
    text = texts()
    places = [(kind, name) for kind in MessageType for name in (*COMMON, *OWN[kind], "note")]
    for number, (kind, name) in enumerate(places[: most // 6 + 1]):
        line = {"id": f"c{number}", "episode": "e9", "type": kind.value, "at": "2023-03-01T06:00:00Z", name: "x"}
        form = next(text)
        plain = json.dumps(line | {name: form}, ensure_ascii=False)
        written = json.dumps(form, ensure_ascii=False)[1:-1]
        yield plain
        yield plain.replace(written, "".join(f"\\u{ord(letter):04x}" for letter in form))
        yield plain[: plain.index(written) + len(written)]
        yield json.dumps(line | {name: [next(text)]})
        yield json.dumps(line | {name: {"deep": [{"deeper": next(text)}]}}, ensure_ascii=False)
        yield json.dumps(line | {next(text): "as a name"})
        yield json.dumps(line | {name: int(people()[number % 500])})
