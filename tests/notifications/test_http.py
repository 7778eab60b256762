"""Where calls may go, for how long, and what of them reaches the log."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engine.settings import Settings
from notifications.channels import http
from notifications.channels.outcome import Deferred, Refused
from tests.conftest import START
from tests.notifications.receiver import Receiver, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


@pytest.mark.parametrize(
    ("url", "allow", "is_allowed"),
    [
        ("https://hooks.example/x?key=1", "", True),
        ("https://hooks.example:8443/x", "", True),
        ("http://127.0.0.1:9/x", "127.0.0.1", True),
        ("http://[::1]:9/x", "::1", True),
        ("http://localhost/x", "localhost", True),
        ("https://127.0.0.1/x", "", False),
        ("https://[::1]/x", "", False),
        ("https://localhost./x", "", False),
        ("https://a.localhost/x", "", False),
        ("https://169.254.169.254/latest/meta-data", "", False),
        ("https://[64:ff9b::a9fe:a9fe]/x", "", False),
        ("https://[2002:a9fe:a9fe::]/x", "", False),
        ("https://10.1.2.3/x", "", False),
        ("http://hooks.example/x", "", False),
        ("http://10.1.2.3/x", "", False),
        ("http://10.1.2.3/x", "10.1.0.0/16", True),
        ("http://10.2.2.3/x", "10.1.0.0/16", False),
        ("http://sms.example/x", "other.example, SMS.example", True),
        ("ftp://hooks.example/x", "hooks.example", False),
        ("https://user:pass@hooks.example/x", "", False),
        ("https:///x", "", False),
        ("https://hooks.example/x#part", "", False),
        ("https://hooks.example/a b", "", False),
        ("https://hooks.example/x\r\nHost: y", "", False),
        ("https://督办.example/x", "", False),
        ("https://hooks.example:99999/x", "", False),
        ("https://[::1/x", "", False),
        ("", "", False),
    ],
)
def test_which_addresses_may_be_entered(settings: Settings, url: str, allow: str, is_allowed: bool) -> None:
    settings = replace(settings, outbound_allow=allow)
    if is_allowed:
        http.place(settings, url)
    else:
        with pytest.raises(Refused):
            http.place(settings, url)


@pytest.mark.parametrize(
    ("host", "address", "allow", "is_open"),
    [
        ("hooks.example", "1.2.3.4", "", True),
        ("hooks.example", "2606:4700::1", "", True),
        ("hooks.example", "10.0.0.1", "", False),
        ("hooks.example", "192.168.1.1", "", False),
        ("hooks.example", "169.254.169.254", "", False),
        ("hooks.example", "100.64.0.1", "", False),
        ("hooks.example", "0.0.0.0", "", False),
        ("hooks.example", "224.0.0.1", "", False),
        ("hooks.example", "fe80::1", "", False),
        ("hooks.example", "fd00::1", "", False),
        ("hooks.example", "::ffff:10.0.0.1", "", False),
        ("hooks.example", "127.0.0.1", "", False),
        ("localhost", "127.0.0.1", "", False),
        ("hooks.example", "64:ff9b::7f00:1", "", False),
        ("localhost", "127.0.0.1", "localhost", True),
        ("hooks.example", "10.0.0.1", "10.0.0.0/8", True),
        ("hooks.example", "10.0.0.1", "hooks.example", True),
        ("hooks.example", "10.0.0.1", "fd00::/8", False),
    ],
)
def test_which_networks_are_open(
    settings: Settings, host: str, address: str, allow: str, is_open: bool
) -> None:
    found = http._plain(ip_address(address))
    assert http._is_open(replace(settings, outbound_allow=allow), host, found) is is_open


def test_a_name_that_leads_to_a_closed_network_is_not_called(settings: Settings, receiver: Receiver) -> None:
    with pytest.raises(Refused, match="closed network"):
        http.post(settings, "https://10.255.255.1/x", b"{}", {})
    with pytest.raises(Deferred) as unknown:
        http.post(settings, "https://no-such-host.invalid/x", b"{}", {})
    assert unknown.value.unreachable


@pytest.mark.parametrize(
    ("status", "error", "unreachable"),
    [
        (200, None, None), (204, None, None), (302, Deferred, True), (400, Refused, None), (422, Refused, None),
        (401, Deferred, True), (404, Deferred, True), (429, Deferred, True), (503, Deferred, True),
    ],
)  # fmt: skip
def test_what_an_answer_means(
    settings: Settings,
    receiver: Receiver,
    status: int,
    error: type[Exception] | None,
    unreachable: bool | None,
) -> None:
    receiver.answers = [(status, b"", {"Location": receiver.url("/elsewhere")})]
    answer = http.post(settings, receiver.url(), b"{}", {})
    if error is None:
        assert http.accept(answer)
    else:
        with pytest.raises(error) as raised:
            http.accept(answer)
        assert getattr(raised.value, "unreachable", None) is unreachable
    assert len(receiver.calls) == 1  # a redirect is not followed


def test_an_answer_without_end_is_cut(settings: Settings, receiver: Receiver) -> None:
    receiver.drips = True
    with pytest.raises(Deferred, match="no answer within 1 s"):
        http.post(replace(settings, http_timeout_seconds=1), receiver.url(), b"{}", {})


def test_a_long_answer_is_not_read_whole(settings: Settings, receiver: Receiver) -> None:
    receiver.answers = [(500, b"x" * 1_000_000)]
    answer = http.post(settings, receiver.url(), b"{}", {})
    assert len(answer.body) == http.LONGEST_ANSWER
    assert len(answer.text) < 400


def test_no_secret_comes_back_into_the_log(settings: Settings, receiver: Receiver) -> None:
    url = receiver.url("/send?key=0123456789abcdef")
    receiver.answers = [(500, f"bad call of {url} with s3cret-s3cret".encode())]
    answer = http.post(settings, url, b"{}", {}, hide=["s3cret-s3cret"])
    assert answer.text == "500 bad call of *** with ***"


def test_proxies_of_the_environment_are_not_used(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert http.post(settings, receiver.url(), b"{}", {}).status == 200


def certificate(folder: Path) -> Path:
    """A key and a certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, START, START + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return file


def test_certificates_are_checked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    with listening(served) as receiver:
        url = receiver.url(host="localhost").replace("http:", "https:")
        with pytest.raises(Deferred, match="CERTIFICATE_VERIFY_FAILED"):
            http.post(settings, url, b"{}", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert http.post(settings, url, b"{}", {}).status == 200
        with pytest.raises(Deferred, match="CERTIFICATE_VERIFY_FAILED"):
            http.post(settings, url.replace("localhost", "127.0.0.1"), b"{}", {})
