"""Who closes or restates a month, as the user wrote it, and which month is meant."""

from dataclasses import dataclass

from hemgang.cli.errors import WrongUse
from hemgang.cli.views.choices import kept_text
from hemgang.engine.closing import Decision

_LONGEST_NAME, _LONGEST_TEXT = 128, 10_000


@dataclass(frozen=True, slots=True)
class Closers:
    """Whether to close, who does and who attests it, and the decision over findings."""

    commit: bool
    by: str | None
    attest: str | None
    decision: str | None

    def decided(self) -> Decision | None:
        """Return the decision to close, None where nothing is to be closed.

        Raises:
            WrongUse: names or a decision are given without --commit, or --commit without --by.
        """
        if not self.commit:
            if any(one is not None for one in (self.by, self.attest, self.decision)):
                raise WrongUse("--by, --attest and --decision belong to --commit")
            return None
        if self.by is None:
            raise WrongUse("--commit needs --by NAME: who closes the month")
        return Decision(
            by=named(self.by, "--by"),
            reason=reason(self.decision, "--decision") if self.decision is not None else "",
            attested_by=named(self.attest, "--attest") if self.attest is not None else "",
        )


def named(name: str, option: str) -> str:
    """Return a person's name as it is kept.

    Raises:
        WrongUse: it is empty or too long, or shaped like an identity number.
    """
    return kept_text(name, option, longest=_LONGEST_NAME)


def reason(text: str, option: str) -> str:
    """Return a reason as it is kept.

    Raises:
        WrongUse: it is empty or too long, or holds what is shaped like an identity number.
    """
    return kept_text(text, option, longest=_LONGEST_TEXT)
