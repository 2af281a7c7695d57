"""What was agreed: the statute and the regional agreements as dated values, each with clause and words."""

from agreements.loader import load_agreements, load_payers, load_rates
from agreements.payers import Payers
from agreements.rates import Rates
from agreements.registry import Agreements
from agreements.tomlfile import AgreementError, AgreementFileError, ParameterNotInForce, RateUnknown, UnknownAgreement

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
