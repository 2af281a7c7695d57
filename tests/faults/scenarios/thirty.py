"""The thirty scenarios of the fault suite."""

from tests.faults.scenarios.alerting import ALERTS
from tests.faults.scenarios.messages import MESSAGES
from tests.faults.scenarios.months import MONTHS

SCENARIOS = (*MESSAGES, *ALERTS, *MONTHS)
