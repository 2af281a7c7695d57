"""Everything a decision rests on beside the facts: agreements, rates, payers, directory, ladder; frozen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agreements.loader import load_agreements, load_payers, load_rates
from agreements.municipalities import Municipality, municipalities
from agreements.payers import Payers
from agreements.rates import Rates
from agreements.register import Agreements
from hemgang.alerts.directory import Directory
from hemgang.alerts.loading import load_directory
from hemgang.duties.default_roster import DefaultRoster
from hemgang.duties.ladder import Ladder
from hemgang.duties.ladder_file import read_ladder, shipped_ladder
from hemgang.duties.roster import Roster


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one installation; `directory` is None where alerts go nowhere (roles are their own recipients)."""

    agreements: Agreements
    rates: Rates
    municipalities: Mapping[str, Municipality]
    payers: Payers
    roster: Roster
    ladder: Ladder
    directory: Directory | None = None


def load_rules(*, directory: Path | None = None, ladder: Path | None = None) -> Rules:
    """Load the shipped agreements with an installation's directory and ladder (None = no directory, shipped ladder).

    Raises:
        AgreementError: an agreement file is wrong.
        ConfigurationError: the directory or ladder is wrong; names file, line and key.
    """
    agreements = load_agreements()
    listed = load_directory(directory, os.environ) if directory is not None else None
    return Rules(
        agreements=agreements,
        rates=load_rates(),
        municipalities=municipalities(),
        payers=load_payers(),
        roster=listed if listed is not None else DefaultRoster(agreements),
        ladder=read_ladder(ladder) if ladder is not None else shipped_ladder(),
        directory=listed,
    )
