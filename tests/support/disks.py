"""A disk that is full for one process only."""

from contextlib import contextmanager


@contextmanager
def full_disk(server):
    """No file of this server's process can be written meanwhile (Linux)."""
    import resource

    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
