"""The operator alarm: the engine itself is in trouble; sent at once, past the outbox, at most once an hour each."""

import logging
from datetime import datetime, timedelta

from hemgang.logs import Event, event
from hemgang.notifications.rendering import Trouble, render_alarm
from hemgang.notifications.retry import Outcome
from hemgang.notifications.transport import send
from hemgang.references import reference_of
from hemgang.services.installation import ReferenceData
from hemgang.store.database import Database
from hemgang.store.installation import put_setting, reference_secret
from hemgang.store.tables import SettingRow

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=1)
SEND_TIMEOUT_S = 20.0


def alarm_operator(database: Database, rules: ReferenceData, trouble: Trouble, *, now: datetime) -> bool:
    """Tell the operator of a trouble; return whether a message was delivered now.

    It is written down after it was sent: killed between the two, the operator hears it twice. The fallback channel is
    tried at once. Without a directory or operator it stands in the log only.
    """
    event(log, Event.TROUBLE, reason=trouble.value)
    directory = rules.directory
    if directory is None or directory.operator is None:
        return False
    key = f"alarm:{trouble.value}"
    with database.writing() as session:
        row = session.get(SettingRow, key)
        if row is not None and timedelta() <= now - datetime.fromisoformat(row.value) < AGAIN_AFTER:
            return False
        reference = reference_of(reference_secret(session), "trouble", trouble.value, now.isoformat())
    alarm = render_alarm(trouble, directory.settings.language)
    name: str | None = directory.operator.urgent_channel
    while name is not None:
        channel = directory.channels[name]
        attempt = send(channel.url, alarm.title, f"{alarm.body}\n\n{reference}", reference, SEND_TIMEOUT_S)
        if attempt.outcome is Outcome.DELIVERED:
            with database.writing() as session:
                put_setting(session, key, now.isoformat())
            return True
        name = channel.fallback
    return False
