"""What was agreed: the statute and the regional agreements as dated values, each with clause and words."""

from agreements.errors import (
    AgreementError,
    AgreementFileError,
    ParameterNotInForce,
    RateUnknown,
    UnknownAgreement,
)
from agreements.loader import load_agreements, load_payers, load_rates
from agreements.payers import Payers
from agreements.rates import Rates
from agreements.register import Agreements

__all__ = [
    "AgreementError",
    "AgreementFileError",
    "Agreements",
    "ParameterNotInForce",
    "Payers",
    "RateUnknown",
    "Rates",
    "UnknownAgreement",
    "load_agreements",
    "load_payers",
    "load_rates",
]
