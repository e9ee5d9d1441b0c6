"""Where this computer can be reached: addresses, and whether phones can get here at all."""

import ipaddress
import os
import re
import socket
import sys
from urllib.parse import urlsplit

EVERYWHERE = ("", "0.0.0.0", "::")  # to bind there is to listen on every address

# Interfaces that lead to no Wi-Fi: tunnels, and the networks of containers and virtual machines.
_INNER = re.compile(
    r"(tun|tap|utun|wg|ppp|ipsec|tailscale|zt|nordlynx|proton|openvpn|"
    r"docker|podman|br-|veth|virbr|lxc|lxd|cni|vmnet|vmware|vbox|virtualbox|vethernet)",
    re.IGNORECASE,
)


def addresses() -> list[str]:
    """Every address of every interface that is up, the likeliest for phones first.

    Private IPv4, other IPv4, IPv6; then point-to-point interfaces (a VPN's address is reached
    through the VPN only) and those of virtual machines; last the IPv4 addresses that a computer
    gives itself where no network gave it one. Asked of the interfaces, since the routing table
    knows only the one that leads to the internet. Without loopback, and without IPv6's link-local
    addresses, which no browser opens.
    """
    try:
        import psutil

        up, interfaces = psutil.net_if_stats(), psutil.net_if_addrs()
    except (ImportError, OSError):  # in a browser there are no interfaces; a sandbox may refuse
        return []
    found = []
    for name, entries in interfaces.items():
        if name not in up or not up[name].isup:
            continue
        flags = getattr(up[name], "flags", "").split(",")
        for entry in entries:
            if entry.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            ip = ipaddress.ip_address(entry.address)
            if not unreachable(entry.address):
                inner = "pointopoint" in flags or bool(_INNER.match(name))
                inner = inner or bool(entry.ptp) or entry.netmask == "255.255.255.255"
                found.append((_rank(ip, inner), str(ip)))
    # Among equals the system's own order stands: sorting is stable.
    return list(dict.fromkeys(text for _, text in sorted(found, key=lambda each: each[0])))


def _rank(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, inner: bool) -> int:
    if ip.is_link_local:
        return 4
    if inner:
        return 3
    if ip.version == 6:
        return 2
    return 0 if ip.is_private else 1


def unreachable(address: str) -> bool:
    """Whether no phone's browser can ask for it: loopback, none at all, IPv6's link-local."""
    ip = ipaddress.ip_address(address)
    return ip.is_loopback or ip.is_unspecified or (ip.version == 6 and ip.is_link_local)


def url(bind: str, port: int) -> str:
    """The address to hand out for a server bound there."""
    return http(next(iter(reaching(bind)), "127.0.0.1"), port)


def reaching(bind: str) -> list[str]:
    """The addresses under which others may find a server bound there, the likeliest first."""
    if bind not in EVERYWHERE:
        return [bind]
    return [a for a in addresses() if bind == "" or (":" in a) == (bind == "::")]


def local(bind: str, port: int) -> str:
    """The address of a server bound there, for this computer itself."""
    return http({"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind), port)


def http(host: str, port: int) -> str:
    """What a phone opens: ``http://…:port/``, an IPv6 address in brackets."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def typed(text: str, port: int) -> str:
    """What a phone opens, from what an instructor typed: an address, a name or an ``http://…``.

    The server's port unless another was typed. An ``https://…`` stands as it is: this server
    speaks none, so something in front of it does. ValueError where it is none of these, or an
    address that leads no phone here.
    """
    text = text.strip()
    if len(text) > 200:
        raise ValueError(f"an address of {len(text)} characters is too long for a code; give 200")
    if re.fullmatch(r"https://[^\s/?#]+(/\S*)?", text, re.IGNORECASE):
        return text
    bare = re.sub(r"^http://", "", text, flags=re.IGNORECASE)
    host = "" if "://" in bare else bare.partition("/")[0]
    try:
        host = str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        host, port = _host(host, port)
    if not host:
        raise ValueError(
            f"{text!r} is no address; type one such as 192.168.1.23, or a computer's name"
        )
    if _only_here(host):
        raise ValueError(f"{text!r} leads no phone here; type another, such as 192.168.1.23")
    return http(host, port)


def _host(text: str, port: int) -> tuple[str, int]:
    """The host of ``host`` or ``host:port``, empty if it is none, and its port."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port or port
        if ":" not in host and re.fullmatch(r"[\d.]+", host):
            ipaddress.ip_address(host)  # digits and dots that are no address are no name either
        if ":" in host or re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?", host):
            return host, port
    except ValueError:
        pass
    return "", port


def _only_here(host: str) -> bool:
    try:
        return unreachable(host)
    except ValueError:  # a name
        return host.lower().rstrip(".") in ("localhost", "localhost.localdomain")


def why_no_phones() -> str | None:
    """Why phones cannot reach a poll that this computer serves, in a sentence; None if they may."""
    if sys.platform == "emscripten":
        return "This notebook runs inside your browser, and phones cannot reach a page."
    if os.environ.get("LOSSVIZ_POLL_URL"):  # somebody has seen to it
        return None
    if any(name in os.environ for name in ("BINDER_SERVICE_HOST", "BINDER_REPO_URL")):
        return "This notebook runs on Binder, and phones cannot reach a server that it starts."
    if "JUPYTERHUB_API_URL" in os.environ or "JUPYTERHUB_SERVICE_PREFIX" in os.environ:
        return (
            "This notebook runs on a hub behind a login, which your class's phones do not have; "
            "ask your administrator for the class poll as a service of the hub."
        )
    if not addresses():
        return "This computer is on no network (no interface has an address from one)."
    return None
