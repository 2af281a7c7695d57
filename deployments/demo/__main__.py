"""`hemgang demo`: a month of an invented county through the real engine, on a clock that waits for the work."""

import os
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import certifi

from calendars.timezone import start_of_day
from deployments.demo.report import mail_receiver, report
from deployments.prefect_server import apply_prefect_settings, prefect_server, reserve_port
from deployments.supervisor import interrupt_on_signals
from hemgang import clock
from hemgang.errors import HemgangError, error_lines
from hemgang.settings import read_settings, variable
from hemgang.simulate import demo_directory, timed_lines
from hemgang.worker.worker import open_worker

apply_prefect_settings()


REGION = "23"
FIRST, LAST = date(2023, 4, 1), date(2023, 4, 30)
KILL_AT = datetime(2023, 4, 12, 7, 0, tzinfo=UTC)
CLOSING_AT = datetime(2023, 5, 8, 7, 0, tzinfo=UTC)
DISCHARGES = 240
SEED = 1

PORT = 4200


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Where the demo keeps its files; the folder is recreated each time."""

    folder: Path

    @property
    def clock(self) -> Path:
        """The file that holds the virtual clock."""
        return self.folder / "clock"

    @property
    def database(self) -> Path:
        """The embedded database."""
        return self.folder / "hemgang.db"

    @property
    def inbox(self) -> Path:
        """Where the messages come in."""
        return self.folder / "inbox"

    @property
    def mail(self) -> Path:
        """Where the e-mails are kept."""
        return self.folder / "mail"

    @property
    def directory(self) -> Path:
        """Who can be reached."""
        return self.folder / "directory.toml"


def demo(folder: Path) -> None:
    """Play the month and show what came of it; everything that was started is stopped at the end."""
    began = time.monotonic()
    here = DemoFiles(folder)
    shutil.rmtree(folder, ignore_errors=True)
    here.inbox.mkdir(parents=True)
    with ExitStack() as stack:
        host, port, mails = stack.enter_context(mail_receiver(here.mail))
        here.directory.write_text(demo_directory(host, port), encoding="utf-8")
        arrivals = list(timed_lines(REGION, start=FIRST, end=LAST, seed=SEED, discharges=DISCHARGES))
        messages = folder / "messages.ndjson"
        messages.write_text("".join(f"{line}\n" for _, line in arrivals), encoding="utf-8", errors="surrogateescape")
        say(f"{len(arrivals)} messages of about {DISCHARGES} discharges in an invented county: {messages}")
        say("starting the embedded database, a mail receiver on loopback and a Prefect server ...")
        url = stack.enter_context(
            prefect_server(folder / "prefect", port=reserve_port(PORT), log=folder / "prefect-server.log")
        )
        page = url.removesuffix("/api")
        say(f"the Prefect page, while this runs: {page}/runs")
        _set_environment(here, url)
        clock.set_virtual(here.clock, start_of_day(FIRST))
        from deployments.demo.clock import play_month
        from tasks.current import use_worker

        worker = stack.enter_context(use_worker(open_worker(read_settings())))
        month = play_month(worker.installation, arrivals, here.clock, kill_at=KILL_AT, closing_at=CLOSING_AT)
        seconds = time.monotonic() - began
        report(here, worker.installation.database, page=page, mails=mails.count, month=month, seconds=seconds)


def say(text: str) -> None:
    """Tell how far the demo is; the story itself goes to standard output at the end."""
    sys.stderr.write(f"hemgang demo: {text}\n")
    sys.stderr.flush()


def _set_environment(here: DemoFiles, url: str) -> None:
    os.environ[variable("database")] = f"sqlite:///{here.database}"
    os.environ[variable("directory")] = str(here.directory)
    os.environ[variable("inbox")] = str(here.inbox)
    os.environ[variable("state")] = str(here.folder / "state")
    os.environ[clock.VARIABLE] = str(here.clock)
    os.environ["PREFECT_API_URL"] = url
    os.environ["PREFECT_HOME"] = str(here.folder / "prefect")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
    os.environ["SSL_CERT_FILE"] = str(_one_certificate(here.folder / "one-certificate.pem"))


def _one_certificate(path: Path) -> Path:
    """Write a bundle of one certificate: nothing here speaks TLS, yet every e-mail and flow run loads the bundle."""
    mark = "-----END CERTIFICATE-----\n"
    path.write_text(certifi.contents().partition(mark)[0] + mark, encoding="ascii")
    return path


if __name__ == "__main__":
    interrupt_on_signals()
    try:
        demo(read_settings().demo.absolute())
    except HemgangError as error:
        sys.stderr.write(error_lines(error))
        sys.exit(2)
    except KeyboardInterrupt:
        say("stopped")
        sys.exit(130)
