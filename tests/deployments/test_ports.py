"""Two that start at the same moment take different ports, long before either listens."""

import socket
import subprocess
import sys

from deployments.prefect_server import HOST, free_port, reserve_port

HOLD = (
    "import sys; from deployments.prefect_server import reserve_port; "
    "print(reserve_port(int(sys.argv[1])), flush=True); input()"
)


def test_a_port_that_another_has_taken_for_itself_is_left_to_it_until_it_ends() -> None:
    wanted = free_port()
    command = [sys.executable, "-c", HOLD, str(wanted)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert int(other.stdout.readline()) == wanted
        assert free_port(wanted) == wanted
        assert wanted < reserve_port(wanted) < wanted + 50
        other.stdin.close()
    assert reserve_port(wanted) == wanted


def test_a_port_at_which_somebody_listens_is_not_taken() -> None:
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen()
        port = listening.getsockname()[1]
        assert reserve_port(port) != port
