"""What an address answers to a request from outside, asked of TLS servers on loopback.

Loopback is not public, so that a test lets it through, which no code of the product can.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from evaluating import REGISTRY

from compliance.collectors import https
from compliance.collectors.https import ask, is_public
from compliance.collectors.reader import Connection
from compliance.engine import ReadFailed
from compliance.facts.probes import ProbeAnswer
from compliance.model import Gap
from simulated_account import SimulatedAccount

NAME = "probe.shop.example"
SOUND = (
    b"HTTP/1.1 200 OK\r\nX-Frame-Options: DENY\r\nSet-Cookie: session=1\r\n"
    b"Content-Length: 5\r\n\r\nhello"
)


def certificate(folder: Path, name: str) -> Path:
    """A certificate for a name, its own authority, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


class Server:
    """Answers each connection with the same bytes, and remembers what was asked."""

    def __init__(self, file: Path, pieces: list[bytes], pause: float, **versions: Any) -> None:
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self._pieces, self._pause = pieces, pause
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)
        self._context.sni_callback = lambda _, name, __: self.names.append(name)
        if versions:
            self._context.set_ciphers(
                "DEFAULT:@SECLEVEL=0"
            )  # OpenSSL has old versions no other way
        for name, value in versions.items():
            setattr(self._context, name, value)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"https://{NAME}:{self.port}/health?deep=1"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(connection, server_side=True) as secured:
                    self.requests.append(secured.recv(65536))
                    for piece in self._pieces:
                        secured.sendall(piece)
                        time.sleep(self._pause)
            except OSError:
                connection.close()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)


Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificates"), NAME)


@pytest.fixture
def serve(pem: Path) -> Iterator[Serve]:
    servers: list[Server] = []

    def start(*pieces: bytes, pause: float = 0.0, file: Path = pem, **versions: Any) -> Server:
        servers.append(Server(file, list(pieces or [SOUND]), pause, **versions))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def asked(pem: Path) -> Callable[..., ProbeAnswer]:
    def run(url: str, *names: str, **options: Any) -> ProbeAnswer:
        options.setdefault("resolve", lambda _host, _port: ["127.0.0.1"])
        options.setdefault("allowed", lambda _: True)
        options.setdefault("trust", lambda: ssl.create_default_context(cafile=str(pem)))
        return ask(url, names or ["X-Frame-Options"], **options)

    return run


Asked = Callable[..., ProbeAnswer]


def gap(asked: Asked, url: str, **options: Any) -> Gap:
    with pytest.raises(ReadFailed) as failure:
        asked(url, **options)
    assert failure.value.gap.resource == url
    return failure.value.gap


# Which addresses are asked


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "169.254.170.2",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 -- asked about, not bound to
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "2002:a00:1::1",
        "2001:db8::1",
    ],
)
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public(address)


def test_a_name_that_leads_to_a_private_address_is_not_asked(serve: Serve) -> None:
    server = serve()
    with pytest.raises(ReadFailed) as failure:
        ask(server.url, [], resolve=lambda _host, _port: ["127.0.0.1"])
    assert failure.value.gap == Gap(
        https.ACTION,
        "NotPublic",
        f"{NAME} resolves to 127.0.0.1, so that it is not asked",
        server.url,
    )
    assert (server.names, server.requests) == ([], [])


def test_a_private_address_among_public_ones_is_enough_to_refuse(asked: Asked) -> None:
    found = gap(
        asked,
        f"https://{NAME}/",
        resolve=lambda _host, _port: ["8.8.8.8", "10.0.0.7"],
        allowed=is_public,
    )
    assert found.code == "NotPublic"
    assert "10.0.0.7" in found.message
    assert "8.8.8.8" not in found.message


def test_a_name_without_an_address_is_not_asked(asked: Asked) -> None:
    found = gap(asked, f"https://{NAME}/", resolve=lambda _host, _port: [])
    assert found.message == f"{NAME} resolves to nothing, so that it is not asked"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0x7f000001", "2130706433"])
def test_the_machine_itself_is_never_asked_however_it_is_written(host: str) -> None:
    with pytest.raises(ReadFailed) as failure:
        ask(f"https://{host}/", [])
    assert failure.value.gap.code == "NotPublic"


def test_the_name_is_resolved_once_and_its_address_pinned(
    serve: Serve, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look-up could lead elsewhere: DNS rebinding."""
    server, looked_up = serve(), []
    real = socket.getaddrinfo

    def recorded(host: str, *rest: Any, **options: Any) -> Any:
        looked_up.append(host)
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", recorded)
    assert asked(server.url).status == 200
    assert set(looked_up) == {"127.0.0.1"}


def test_an_address_out_of_reach_gives_way_to_the_next(serve: Serve, asked: Asked) -> None:
    server = serve()
    answer = asked(server.url, resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    assert answer.status == 200


# What is sent, and what is kept of the answer


def test_the_name_is_asked_for_and_nothing_that_tells_who_asks(
    serve: Serve, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    server = serve()
    asked(server.url)
    assert server.names == [NAME]
    [request] = server.requests
    line, *headers = request.decode().split("\r\n")[:-2]
    assert line == "GET /health?deep=1 HTTP/1.1"
    assert sorted(header.partition(":")[0] for header in headers) == [
        "Accept",
        "Accept-Encoding",
        "Host",
        "User-Agent",
    ]
    assert f"Host: {NAME}:{server.port}" in headers


def test_an_address_without_a_path_is_asked_for_its_root(serve: Serve, asked: Asked) -> None:
    server = serve()
    asked(f"https://{NAME}:{server.port}")
    assert server.requests[0].startswith(b"GET / HTTP/1.1\r\n")


def test_only_the_headers_that_are_wanted_are_kept(serve: Serve, asked: Asked) -> None:
    server = serve()
    assert asked(server.url, "X-Frame-Options", "Content-Security-Policy") == ProbeAnswer(
        server.url, 200, {"x-frame-options": "DENY"}
    )


def test_a_header_given_twice_is_read_as_one(serve: Serve, asked: Asked) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\n\r\n")
    assert asked(server.url, "a").headers == {"a": "1, 2"}


def test_of_a_long_header_only_the_beginning_is_kept(serve: Serve, asked: Asked) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 60_000 + b"\r\n\r\n")
    assert len(asked(server.url, "a").headers["a"]) == 4096


def test_a_body_without_an_end_is_not_waited_for(serve: Serve, asked: Asked) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", *[b"x"] * 20, pause=0.1)
    began = time.monotonic()
    assert asked(server.url).status == 200
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("location", "absolute"),
    [
        ("http://169.254.169.254/", "http://169.254.169.254/"),
        ("/login", "https://{name}:{port}/login"),
        ("//other.example/", "https://other.example/"),
    ],
)
def test_a_redirect_is_told_and_not_followed(
    location: str, absolute: str, serve: Serve, asked: Asked
) -> None:
    server = serve(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode())
    answer = asked(server.url)
    assert answer.status == 302
    assert answer.location == absolute.format(name=NAME, port=server.port)
    assert len(server.requests) == 1


# What browsers would not trust


def test_a_certificate_of_nobody_known_is_distrusted(serve: Serve, asked: Asked) -> None:
    answer = asked(serve().url, trust=ssl.create_default_context)
    assert answer.distrusted is not None
    assert answer.distrusted[0] == "certificate"
    assert answer.status is None


def test_a_certificate_for_another_name_is_distrusted(
    serve: Serve, asked: Asked, tmp_path: Path
) -> None:
    other = certificate(tmp_path, "other.shop.example")
    answer = asked(
        serve(file=other).url, trust=lambda: ssl.create_default_context(cafile=str(other))
    )
    assert answer.distrusted is not None
    assert answer.distrusted[0] == "certificate"
    assert NAME in answer.distrusted[1]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_without_tls_1_2_is_distrusted(serve: Serve, asked: Asked) -> None:
    server = serve(maximum_version=ssl.TLSVersion.TLSv1_1, minimum_version=ssl.TLSVersion.TLSv1)
    assert asked(server.url).distrusted == ("tls-version", "does not offer TLS 1.2 or later")


# What cannot be seen


def test_a_port_without_tls_cannot_be_told(asked: Asked) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer() -> None:
            connection, _ = plain.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(65536)

        thread = threading.Thread(target=answer)
        thread.start()
        found = gap(asked, f"https://{NAME}:{plain.getsockname()[1]}/")
        thread.join(10)
    assert found.code == "TlsError"


def test_an_error_of_the_server_shows_no_header(serve: Serve, asked: Asked) -> None:
    server = serve(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    assert gap(asked, server.url).code == "HTTP 503"


def test_a_refusal_is_an_answer(serve: Serve, asked: Asked) -> None:
    assert asked(serve(b"HTTP/1.1 403 Forbidden\r\n\r\n").url).status == 403


def test_a_server_that_says_nothing_ends_in_time(
    serve: Serve, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https, "_READ_SECONDS", 0.2)
    server = serve(b"", pause=1.5)
    assert gap(asked, server.url).code == "Timeout"


def test_a_server_that_drips_ends_in_time(
    serve: Serve, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https, "_TOTAL_SECONDS", 0.5)
    server = serve(*[b"H"] * 30, pause=0.1)
    began = time.monotonic()
    found = gap(asked, server.url)
    assert (found.code, found.message) == ("Timeout", "no whole answer within 0.5 seconds")
    assert time.monotonic() - began < 2


def test_a_server_that_is_not_there_says_so(asked: Asked) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = gap(asked, f"https://{NAME}:{port}/")
    assert "refused" in found.message.lower()
    assert "HTTPSConnection" not in found.message


def test_what_is_no_http_says_so(serve: Serve, asked: Asked) -> None:
    assert gap(asked, serve(b"SSH-2.0-OpenSSH_9.6\r\n").url).code == "BadStatusLine"


def test_a_name_that_does_not_resolve_says_so(asked: Asked) -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    found = gap(asked, f"https://{NAME}/", resolve=unknown)
    assert (found.code, found.message) == ("NameNotResolved", "Name or service not known")


# The fact


def test_an_address_without_an_answer_leaves_a_gap_of_its_own(
    serve: Serve, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    gone = f"https://{NAME}:1/"
    monkeypatch.setattr("compliance.collectors.probes.ask", lambda url, names: asked(url, *names))
    gaps: list[Gap] = []
    with SimulatedAccount("210987654321") as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint_url)
        connection = Connection(
            boto3.Session("AKIASIMULATED", "simulated", region_name="us-east-1")
        )
        collector = REGISTRY.collectors["probe_answers"]
        reader = connection.reader(collector, gaps.append, time.monotonic() + 60)
        found = list(
            collector.function(
                reader,
                addresses=[gone, server.url],
                required_headers={"X-Frame-Options": True},
            )
        )
        connection.close()
    assert found == [ProbeAnswer(server.url, 200, {"x-frame-options": "DENY"})]
    assert [each.resource for each in gaps] == [gone]
    assert collector.settings == {
        "addresses": "probes.addresses",
        "required_headers": "probes.required_headers",
    }
