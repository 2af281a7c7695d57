"""Who closes or restates a month, as the user wrote it: the options of `close` and `restate` that belong together."""

from dataclasses import dataclass

from hemgang.cli.errors import WrongUse
from hemgang.cli.params import person_name, reason
from hemgang.i18n.catalogue import phrase
from hemgang.services.closing import Decision


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
                raise WrongUse(phrase("cli.wrong.belongs_to_commit"))
            return None
        if self.by is None:
            raise WrongUse(phrase("cli.wrong.commit_needs_by"))
        return Decision(
            by=person_name(self.by, "--by"),
            reason=reason(self.decision, "--decision") if self.decision is not None else "",
            attested_by=person_name(self.attest, "--attest") if self.attest is not None else "",
        )
