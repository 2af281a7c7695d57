"""What can be wrong with a whole source of messages; a wrong line or field is a problem, not an error."""

from hemgang.errors import HemgangError


class SourceFormatError(HemgangError):
    """The file is no source of messages, such as a CSV whose header lacks needed columns; mend the file."""


class SourceUnreadableError(HemgangError):
    """The file cannot be opened or read; check that it is there and may be read."""


class StoredMessageError(HemgangError):
    """A stored message is not as the engine wrote it; restore the database from a copy. Shows no content."""
