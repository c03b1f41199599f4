"""One HTTPS request to an address that the baseline names: only ever there, and only in public.

Whoever can write the name's DNS decides where it leads. So every address that it resolves to must
be public, and the one that was checked is the one connected to; the certificate must be the name's.
Nothing is followed, no proxy is asked and no credential is sent.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError
from urllib3.response import BaseHTTPResponse

from compliance.engine import ReadFailed
from compliance.facts.probes import ProbeAnswer
from compliance.model import Gap

__all__ = ["ACTION", "ask", "is_public"]

ACTION = "https:GET"
"""What a gap names; there is no permission of this name."""

_CONNECT_SECONDS = 4.0
_READ_SECONDS = 6.0
_TOTAL_SECONDS = 12.0
_ADDRESSES_TRIED = 2
_LONGEST_HEADER = 4096
_FIRST_SERVER_ERROR = 500
_USER_AGENT = "omnitrack-compliance"

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_OLD_TLS = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"})

Resolve = Callable[[str, int], Sequence[str]]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's: neither private, link-local nor shared.

    An IPv4 address within an IPv6 one counts as itself: AWS's DNS64 makes such of any name.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None:
            return ip.is_global and ip in _GLOBAL_UNICAST
        ip = inner
    return ip.is_global and not ip.is_multicast


def resolve(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a name, in the order in which they are to be tried."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def ask(
    url: str,
    names: Collection[str],
    *,
    resolve: Resolve = resolve,
    allowed: Callable[[str], bool] = is_public,
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context,
) -> ProbeAnswer:
    """What the address answers to GET; of its headers only `names`, and nothing of its body.

    A browser sends GET, and many APIs know no HEAD. Raises ReadFailed where nothing answered or
    what did is an error of the server: that shows no header. A connection that no browser would
    trust is an answer.
    """
    target = urlsplit(url)
    host, port = str(target.hostname), target.port or 443
    with _as_gaps(url):
        addresses = resolve(host, port)
    private = [address for address in addresses if not allowed(address)]
    if private or not addresses:
        message = f"{host} resolves to {', '.join(private) or 'nothing'}, so that it is not asked"
        raise ReadFailed(Gap(ACTION, "NotPublic", message, url))
    context = trust()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with _as_gaps(url):
            connection = _connected(target, addresses[:_ADDRESSES_TRIED], context)
            with contextlib.closing(connection):
                return _answer(url, target, connection, names)
    except ssl.SSLCertVerificationError as error:
        return ProbeAnswer(url, distrusted=("certificate", error.verify_message))
    except ssl.SSLError as error:
        if error.reason in _OLD_TLS:
            return ProbeAnswer(url, distrusted=("tls-version", "does not offer TLS 1.2 or later"))
        raise ReadFailed(Gap(ACTION, "TlsError", str(error.reason or error), url)) from error


@contextlib.contextmanager
def _as_gaps(url: str) -> Iterator[None]:
    """What keeps an answer from being seen, as a gap; TLS has answers of its own."""
    try:
        yield
    except ssl.SSLError:
        raise
    except socket.gaierror as error:
        raise ReadFailed(Gap(ACTION, "NameNotResolved", str(error.strerror), url)) from error
    except (TimeoutError, ConnectTimeoutError) as error:
        raise ReadFailed(Gap(ACTION, "Timeout", _reason(error), url)) from error
    except (OSError, HTTPError, http.client.HTTPException, UnicodeError) as error:
        raise ReadFailed(Gap(ACTION, type(error).__name__, _reason(error), url)) from error


def _reason(error: Exception) -> str:
    """urllib3 prefixes its messages with the connection's repr."""
    return str(error).rpartition("): ")[2] or "no answer"


def _connected(
    target: SplitResult, addresses: Sequence[str], context: ssl.SSLContext
) -> HTTPSConnection:
    """To the first address that answers: where there is no IPv6, one may be out of reach."""
    *others, last = addresses
    for address in others:
        with contextlib.suppress(HTTPError):
            return _connect(target, address, context)
    return _connect(target, last, context)


def _connect(target: SplitResult, address: str, context: ssl.SSLContext) -> HTTPSConnection:
    connection = HTTPSConnection(
        address,
        target.port or 443,
        timeout=_CONNECT_SECONDS,
        ssl_context=context,
        server_hostname=target.hostname,
    )
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    connection.timeout = _READ_SECONDS
    return connection


def _answer(
    url: str, target: SplitResult, connection: HTTPSConnection, names: Collection[str]
) -> ProbeAnswer:
    # A time-out is per packet: who sends a byte every few seconds would never reach it.
    over = threading.Event()
    ending = threading.Timer(_TOTAL_SECONDS, _cut, [connection.sock, over])
    ending.start()
    try:
        path = target._replace(scheme="", netloc="", fragment="").geturl() or "/"
        headers = {"Host": target.netloc, "User-Agent": _USER_AGENT, "Accept": "*/*"}
        connection.request("GET", path, headers=headers, preload_content=False)
        response = connection.getresponse()
    except (OSError, HTTPError, http.client.HTTPException) as error:
        if not over.is_set():
            raise
        message = f"no whole answer within {_TOTAL_SECONDS:g} seconds"
        raise TimeoutError(message) from error
    finally:
        ending.cancel()
    response.close()
    if response.status >= _FIRST_SERVER_ERROR:
        message = "an error of the server shows nothing of its usual headers"
        raise ReadFailed(Gap(ACTION, f"HTTP {response.status}", message, url))
    return ProbeAnswer(
        url, response.status, _kept(response.headers, names), location=_location(url, response)
    )


def _cut(sock: socket.socket, over: threading.Event) -> None:
    """End a connection under whoever reads from it; a TLS socket's own way is for its reader.

    That it is over is said first: the reader wakes before this returns.
    """
    over.set()
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _kept(headers: HTTPHeaderDict, names: Collection[str]) -> dict[str, str]:
    return {name.lower(): headers[name][:_LONGEST_HEADER] for name in names if name in headers}


def _location(url: str, response: BaseHTTPResponse) -> str | None:
    location = response.get_redirect_location()
    return urljoin(url, location) if location else None
