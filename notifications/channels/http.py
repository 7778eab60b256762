"""One POST over HTTP: within a time limit, no redirects, no proxies, and only to where this installation may go.

A name is resolved once and the address that was checked is the one that is connected to, so that no second look-up
can lead elsewhere. Encrypted and public is always allowed; unencrypted, this machine and private networks only where
DUBAN_OUTBOUND_ALLOW names the host or the network.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from engine.settings import Settings
from notifications.channels.outcome import Deferred, Refused

#: As much of an answer as is looked at.
LONGEST_ANSWER = 64_000
#: As much of an answer as stands in the log of attempts.
SHOWN = 300

Address = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def text(self) -> str:
        return f"{self.status} {self.body[:SHOWN].decode('utf-8', 'replace')}".strip()


@dataclass(frozen=True)
class Place:
    """An address taken apart; ``path`` with its query."""

    host: str
    port: int
    path: str
    is_encrypted: bool


def place(settings: Settings, url: str, *, trusted: bool = False) -> Place:
    """Raises Refused for what is no address, is unencrypted and not allowed to be, or lies in a closed network."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("not an address") from None
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or parts.fragment:
        raise Refused("not an http address")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Refused("an address has no blanks and no letters beyond ASCII")
    is_encrypted = parts.scheme == "https"
    if not trusted and not _may_be_private(settings, host):
        literal = _literal(host)
        if _is_this_machine(host) or (literal is not None and not _is_open(settings, host, literal)):
            raise Refused(f"{host} stands in a closed network")
        if not is_encrypted:
            raise Refused("unencrypted http is not allowed to this host")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(host, port or (443 if is_encrypted else 80), path, is_encrypted)


def post(
    settings: Settings,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    hide: Iterable[str] = (),
    trusted: bool = False,
) -> Answer:
    """Send and return the answer, whatever its status. Raises Deferred or Refused.

    ``hide``: secrets that a receiver may repeat in its answer and that must not reach the log. ``trusted``: the address
    stands in the settings of the installation itself, so that it may lead anywhere.
    """
    to = place(settings, url, trusted=trusted)
    limit = float(settings.http_timeout_seconds)
    connection = _Connection(to, _address(settings, to, trusted=trusted), limit)
    was_cut, was_handed_over = threading.Event(), False
    timer = threading.Timer(limit, _cut, (connection, was_cut))
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", to.path, body, {"User-Agent": "duban", **headers})
        was_handed_over = True
        response = connection.getresponse()
        answer = Answer(response.status, response.read(LONGEST_ANSWER))
    except (OSError, http.client.HTTPException) as error:
        shown = f"no answer within {limit:g} s" if was_cut.is_set() else type(error).__name__
        raise Deferred(
            _clean(f"{shown}: {error}", hide, url), unreachable=True, doubtful=was_handed_over
        ) from None
    finally:
        timer.cancel()
        connection.close()
    if was_cut.is_set():
        raise Deferred(f"no answer within {limit:g} s", unreachable=True, doubtful=True)
    return Answer(answer.status, _clean(answer.body.decode("utf-8", "replace"), hide, url).encode())


#: The endpoint, our token or the load is at fault, not this one message: the others would fare no better.
_OF_ALL = frozenset({401, 403, 404, 407, 408, 410, 425, 429})


def accept(answer: Answer) -> str:
    """The answer as the log shows it, if it says that the message was taken. Raises Deferred or Refused."""
    if 200 <= answer.status < 300:
        return answer.text
    if 300 <= answer.status < 400:
        raise Deferred(f"{answer.status}: redirects are not followed", unreachable=True)
    if answer.status >= 500 or answer.status in _OF_ALL:
        raise Deferred(answer.text, unreachable=True)
    raise Refused(answer.text)


class _Connection(http.client.HTTPConnection):
    """To an address that has been checked, under the name that was asked for."""

    def __init__(self, to: Place, address: Address, limit: float) -> None:
        super().__init__(to.host, to.port, timeout=limit)
        self.default_port = 443 if to.is_encrypted else 80
        self._to, self._address, self._limit = to, address, limit
        self.socket: socket.socket | None = None

    def connect(self) -> None:
        plain = socket.create_connection((str(self._address), self._to.port), self._limit)
        self.sock = self.socket = plain
        if self._to.is_encrypted:
            wrapped = ssl.create_default_context().wrap_socket(
                plain, server_hostname=self._to.host, do_handshake_on_connect=False
            )
            self.sock = self.socket = wrapped
            wrapped.do_handshake()


def _cut(connection: _Connection, was_cut: threading.Event) -> None:
    """The time is over: whoever answers a byte at a time is left."""
    was_cut.set()
    if connection.socket is not None:
        with suppress(OSError):
            socket.socket.shutdown(connection.socket, socket.SHUT_RDWR)


def _address(settings: Settings, to: Place, *, trusted: bool) -> Address:
    """The first address of the host, if all of them are allowed."""
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Deferred(f"{to.host}: {error}", unreachable=True) from None
    addresses = [_plain(ipaddress.ip_address(str(row[4][0]).partition("%")[0])) for row in found]
    for address in addresses:
        if not trusted and not _is_open(settings, to.host, address):
            raise Refused(f"{to.host} stands in a closed network")
    return addresses[0]


def _is_open(settings: Settings, host: str, address: Address) -> bool:
    if _may_be_private(settings, host, address):
        return True
    return address.is_global and not address.is_multicast


def _may_be_private(settings: Settings, host: str, address: Address | None = None) -> bool:
    """Whether DUBAN_OUTBOUND_ALLOW names the host, or a network that holds its address."""
    if address is None:
        address = _literal(host)
    for entry in (part.strip().lower() for part in settings.outbound_allow.split(",") if part.strip()):
        network = _network(entry)
        if network is None:
            if entry == host.lower():
                return True
        elif address is not None and address.version == network.version and address in network:
            return True
    return False


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _literal(host: str) -> Address | None:
    try:
        return _plain(ipaddress.ip_address(host))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """An IPv4 address that is dressed as an IPv6 one, undressed: mapped, 6to4, or behind NAT64 (RFC 6052)."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_this_machine(host: str) -> bool:
    name = host.lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


def _clean(text: str, hide: Iterable[str], url: str) -> str:
    for secret in (url, urlsplit(url).query, *hide):
        if secret:
            text = text.replace(secret, "***")
    return text
