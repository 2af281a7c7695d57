"""A region in which thousands of stays go on while nobody looks: who works there, and what is reported."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from deployments.prefect_server import HOST

WARDS = 60
PATIENCE = timedelta(hours=60)


def directory(folder: Path, port: int) -> Path:
    """Write the directory: sixty wards, three managers, backups, an operator; return its file."""
    boxes = ["operator", *(f"manager-{n}" for n in range(3)), *(f"backup-{n}" for n in range(6))]
    contacts = "".join(
        f'\n[[contact]]\nid = "{box}"\nhours = "always"\nchannel = "mail-{box}"\n' for box in boxes if box != "operator"
    )
    units = "".join(
        f'\n[[unit]]\nid = "ward-{n}"\nkind = "ward"\nhours = "always"\nchannel = "mail-ward-{n}"\n'
        f'backup = "backup-{n % 6}"\nmanager = "manager-{n % 3}"\n'
        for n in range(WARDS)
    )
    channels = "".join(
        f'\n[[channel]]\nid = "mail-{box}"\n'
        f'url = "mailto://{HOST}:{port}?from=hemgang@example.invalid&to={box}@example.invalid"\n'
        for box in (*boxes, *(f"ward-{n}" for n in range(WARDS)))
    )
    path = folder / "directory.toml"
    path.write_text('[operator]\nchannel = "mail-operator"\n' + contacts + units + channels, encoding="utf-8")
    return path


def stays(size: int, seed: int, began: datetime, back: datetime) -> Iterator[dict[str, object]]:
    """Yield the messages of stays that began during the downtime; for some of them the ward did its part in time."""
    chance = random.Random(seed)  # noqa: S311  no secret
    for number in range(size):
        at = began + chance.random() * (back - began)
        episode = f"s{number}"
        yield {
            "id": f"{episode}-a",
            "episode": episode,
            "type": "admitted",
            "at": at.isoformat(),
            "region": "23",
            "municipality": "2380",
            "care": "somatic",
            "clinic": f"ward-{chance.randrange(WARDS)}",
        }
        if chance.random() < 0.5 and (noticed := at + timedelta(hours=chance.randrange(1, 40))) < back:
            yield {"id": f"{episode}-n", "episode": episode, "type": "admission_notice", "at": noticed.isoformat()}
