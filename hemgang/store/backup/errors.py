"""What can be wrong with a backup, or with the database it is to go into."""

from hemgang.errors import HemgangError


class BackupError(HemgangError):
    """A file that is no backup, is damaged, or comes from a newer hemgang: take another one, or upgrade hemgang."""


class NotEmpty(HemgangError):
    """The database of a restore has something in it, which is never written over: name an empty one."""
