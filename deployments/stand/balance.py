"""A small TCP balancer in front of the API servers of a stand; in production HAProxy or a Kubernetes service does this.

Each new connection goes to the server with the fewest open ones that takes it; what was under way with a server that
died is ended, and the client asks again.

    python -m deployments.stand.balance 127.0.0.1:4200 127.0.0.1:4201 127.0.0.1:4202
"""

import asyncio
import sys
from contextlib import suppress

CHUNK = 65_536
CONNECT_SECONDS = 5.0

Place = tuple[str, int]


class Balancer:
    """Carries connections to the servers behind it; `open_to` counts those under way, by server."""

    def __init__(self, behind: list[Place]) -> None:
        """Balance over these servers."""
        self.open_to = dict.fromkeys(behind, 0)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one client's connection both ways until either side ends it."""
        for place in sorted(self.open_to, key=lambda place: self.open_to[place]):
            with suppress(OSError, TimeoutError):
                beyond = await asyncio.wait_for(asyncio.open_connection(*place), CONNECT_SECONDS)
                break
        else:
            writer.close()
            return
        self.open_to[place] += 1
        ways = [
            asyncio.ensure_future(_pour(reader, beyond[1])),
            asyncio.ensure_future(_pour(beyond[0], writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.open_to[place] -= 1
            for way in ways:
                way.cancel()
            beyond[1].close()
            writer.close()


async def serve(listen: Place, behind: list[Place]) -> None:
    """Listen for ever."""
    balancer = Balancer(behind)
    server = await asyncio.start_server(balancer.carry, *listen)
    async with server:
        await server.serve_forever()


def read_place(text: str) -> Place:
    """Return host and port of `host:port`."""
    host, _, port = text.rpartition(":")
    return host, int(port)


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()


if __name__ == "__main__":
    first, *others = (read_place(word) for word in sys.argv[1:])
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(first, others))
