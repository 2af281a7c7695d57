"""`python -m deployments.stand`: the production shape on this machine, to try out; Ctrl-C ends it."""

import argparse
import sys
from pathlib import Path

from deployments.server import HOST
from deployments.stand.running import draw_up, own_folder, run
from hemgang.errors import HemgangError


def main() -> int:
    """Read the options, run the stand, return the exit code."""
    reader = argparse.ArgumentParser(prog="python -m deployments.stand", description=__doc__)
    reader.add_argument("--folder", type=Path, default=own_folder(), help="where everything lies (%(default)s)")
    reader.add_argument("--engines", type=int, default=3, help="how many engines (%(default)s)")
    reader.add_argument("--servers", type=int, default=2, help="how many Prefect API servers (%(default)s)")
    reader.add_argument("--host", default=HOST, help="the address of this machine to listen on (%(default)s)")
    reader.add_argument("--no-redis", action="store_true", help="one API server with everything in it, even with Redis")
    reader.add_argument("--no-worker", action="store_true", help="no work pool and no scheduled flows")
    told = reader.parse_args()
    try:
        run(
            draw_up(
                told.folder,
                engines=told.engines,
                servers=told.servers,
                host=told.host,
                redis=not told.no_redis,
                worker=not told.no_worker,
            )
        )
    except HemgangError as error:
        sys.stderr.write(f"stand: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
