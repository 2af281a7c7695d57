"""What stops a review, a closing or a restatement: each error one line that the parties can act on."""

from hemgang.errors import HemgangError


class ClosingRefused(HemgangError):
    """A month that cannot be reviewed, closed or restated as asked; the text says what is missing."""


class FourEyes(ClosingRefused):
    """One person cannot do alone what takes two; the text says whose second pair of eyes is needed."""


class NotTheSum(ClosingRefused):
    """A statement does not equal the sum of its ledger rows; nothing is closed, and hemgang itself is to be mended."""

    def __init__(self, payer: str, *, stated: str, summed: str) -> None:
        """Keep both sums."""
        super().__init__(f"payer {payer}: the statement says {stated} kr and its rows add up to {summed} kr")


class DetailsGone(ClosingRefused):
    """A closed month that retention took details from: what was closed stands, and is computed no more."""
