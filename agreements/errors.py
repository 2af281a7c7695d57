"""The errors of the agreement files: one small tree, each message one line with place and remedy."""

from datetime import date


class AgreementError(Exception):
    """Something in the agreements, or asked of them, that the user can put right."""


class AgreementFileError(AgreementError):
    """An agreement file cannot be used as it stands; names the file, the line where known, and the key."""

    def __init__(self, *, file: str, key: str, reason: str, line: int | None = None) -> None:
        """Keep the place and the reason apart, and say them in one line."""
        self.file = file
        self.key = key
        self.reason = reason
        self.line = line
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {key}: {reason}")


class UnknownAgreement(AgreementError):
    """No agreement of that name is loaded; lists those that are."""

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        """Keep the name asked for."""
        self.name = name
        super().__init__(f"there is no agreement {name!r}; known are {', '.join(known)}")


class ParameterNotInForce(AgreementError):
    """A value was asked for outside its dates; the last known one is never given instead."""

    def __init__(self, *, agreement: str, name: str, day: date, dates: str) -> None:
        """Keep agreement, name and day; `dates` says when the value does hold."""
        self.agreement = agreement
        self.name = name
        self.day = day
        super().__init__(f"agreement {agreement}: {name} is not in force on {day}; it holds {dates}")


class RateUnknown(AgreementError):
    """The amount a care day is not known for the year; the message names the file and the key to add."""

    def __init__(self, *, file: str, year: int) -> None:
        """Keep the file and the year."""
        self.file = file
        self.year = year
        super().__init__(
            f"{file}: no amount a care day is known for {year}; "
            f"add [[rate]] with year = {year}, amount_kr, clause, and quote with source or assumption"
        )


class SourceNotFound(AgreementError):
    """The source texts that the quotes are compared with are not where they were looked for."""
