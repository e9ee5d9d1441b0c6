"""Ports for servers and kernels that are told theirs, and take it a second later.

One that the system gives out by chance may be gone by then (seen). Each worker of a parallel run
has its own, of which the system gives none; of two runs at a time each begins elsewhere.
"""

import itertools
import os
import socket

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
FIRST = 20_000 + 1_000 * (WORKER % 12)
PORTS = itertools.cycle(FIRST + (os.getpid() + k) % 1_000 for k in range(1_000))


def free_port(ip: str = "127.0.0.1") -> int:
    """The worker's next port that nobody has."""
    for port in PORTS:
        with socket.socket() as probe:
            try:
                probe.bind((ip, port))
            except OSError:
                continue
            return port
