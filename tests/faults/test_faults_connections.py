"""Connections that are cut, and a server that falls, cost nothing; and the check finds a message that is lost."""

import pytest

from tests.faults import fault_connections
from tests.faults.scenarios.connected import ACKNOWLEDGE_FIRST

pytestmark = [pytest.mark.faults, pytest.mark.postgresql]


def test_connections_may_be_cut_and_the_server_may_fall() -> None:
    measured = fault_connections.measure(40, seed=1)
    assert not measured.broken
    assert int(measured.figures["connections cut"]) >= 40
    assert int(measured.figures["server restarts"]) >= 2
    assert int(measured.figures["failed runs"]) > 0


def test_it_finds_a_message_that_is_acknowledged_before_it_is_stored() -> None:
    measured = fault_connections.measure(60, seed=2, planted=ACKNOWLEDGE_FIRST)
    assert any("an acknowledged message is not stored" in one for one in measured.broken)
