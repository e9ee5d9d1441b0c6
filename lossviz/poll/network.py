"""Where this computer can be reached: addresses, and whether phones can get here at all."""

import contextlib
import ipaddress
import os
import socket

# No packet is sent: connecting a UDP socket only asks the system which of its addresses it would
# use. The first is any far place (RFC 5737), for a network with a router; the others are the
# networks that a laptop's own hotspot makes (Linux, Windows, macOS), which have none.
_PROBES = ("192.0.2.200", "10.42.0.254", "192.168.137.254", "192.168.2.254")

EVERYWHERE = ("", "0.0.0.0", "::")  # to bind there is to listen on every address


def addresses() -> list[str]:
    """This computer's IPv4 addresses that others on its network may reach, likeliest first."""
    found = []
    for probe in _PROBES:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            try:
                asker.connect((probe, 9))
                found.append(asker.getsockname()[0])
            except OSError:
                continue
    with contextlib.suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return [a for a in dict.fromkeys(found) if not unreachable(a)]


def unreachable(address: str) -> bool:
    """Whether no phone can reach this address: loopback, link-local or none at all."""
    ip = ipaddress.ip_address(address)
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified


def url(bind: str, port: int) -> str:
    """The address to hand out for a server bound there."""
    if bind in EVERYWHERE:
        bind = next(iter(addresses()), "127.0.0.1")
    return _http(bind, port)


def local(bind: str, port: int) -> str:
    """The address of a server bound there, for this computer itself."""
    return _http("127.0.0.1" if bind in EVERYWHERE else bind, port)


def _http(bind: str, port: int) -> str:
    return f"http://[{bind}]:{port}/" if ":" in bind else f"http://{bind}:{port}/"


def why_no_phones() -> str | None:
    """Why phones cannot reach a poll that this computer serves, in a sentence; None if they may."""
    if any(name in os.environ for name in ("BINDER_SERVICE_HOST", "BINDER_REPO_URL")):
        return "This notebook runs on Binder, and phones cannot reach a server that it starts."
    if "JUPYTERHUB_API_URL" in os.environ or "JUPYTERHUB_SERVICE_PREFIX" in os.environ:
        return "This notebook runs on a hub behind a login, which your class's phones do not have."
    if not addresses():
        return "This computer is on no network (it has only its loopback address)."
    return None
