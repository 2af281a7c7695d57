"""What the installation keeps of itself: the secret from which references are made."""

import secrets

from sqlmodel import Session

from hemgang.store.tables import SettingRow

REFERENCE_SECRET = "reference_secret"  # noqa: S105  the key's name, not a secret


def reference_secret(session: Session) -> bytes:
    """Return the installation's secret for references; made at the first call, which must be in a writing session."""
    row = session.get(SettingRow, REFERENCE_SECRET)
    if row is None:
        row = SettingRow(key=REFERENCE_SECRET, value=secrets.token_hex(32))
        session.add(row)
        session.flush()
    return bytes.fromhex(row.value)
