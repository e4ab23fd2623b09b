"""SPF, DKIM and DMARC, asked of a DNS server of our own on this machine."""

import io
import socketserver
import threading

import dns.message
import dns.rcode
import dns.rrset
import pytest
from django.core.management import call_command
from dns.resolver import Resolver

from miglobe.watch import sender

GOOD = {
    "stadt.example": ["v=spf1 mx ip4:192.0.2.1 -all", "google-site-verification=x"],
    "m1._domainkey.stadt.example": ["v=DKIM1; k=rsa; p=MIGf"],
    "_dmarc.stadt.example": ["v=DMARC1; p=reject; rua=mailto:dmarc@stadt.example"],
}


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        data, socket = self.request
        question = dns.message.from_wire(data)
        socket.sendto(self.server.answer(question).to_wire(), self.client_address)


class Server(socketserver.ThreadingUDPServer):
    """Knows the names in `zone` and the SOA of .example."""

    zone: dict[str, list[str]]
    says = dns.rcode.NOERROR
    knows_the_world = True

    def answer(self, question):
        answer = dns.message.make_response(question)
        (asked,) = question.question
        name = str(asked.name).rstrip(".")
        if name == "example" and self.knows_the_world:
            answer.answer.append(dns.rrset.from_text("example.", 60, "IN", "SOA", "ns.example. x.example. 1 1 1 1 1"))
        elif name in self.zone:
            texts = (" ".join(f'"{text[at : at + 9]}"' for at in range(0, len(text), 9)) for text in self.zone[name])
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        if self.says != dns.rcode.NOERROR:
            answer.set_rcode(self.says)
        return answer


@pytest.fixture
def server(monkeypatch, settings):
    settings.DEMO = False
    settings.MAIL_FROM = "MiGlobe <portal@Stadt.example>"
    settings.MAIL_DKIM_SELECTOR = "m1"
    with Server(("127.0.0.1", 0), Handler) as server:
        server.zone = dict(GOOD)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        asked = Resolver(configure=False)
        asked.nameservers, asked.port, asked.lifetime = ["127.0.0.1"], server.server_address[1], 2
        monkeypatch.setattr(sender, "resolver", lambda: asked)
        yield server
        server.shutdown()


def test_a_domain_that_has_everything(server):
    assert sender.look().is_fine
    assert sender.look().words == "SPF, DKIM und DMARC von stadt.example stimmen."


@pytest.mark.parametrize(
    ("name", "texts", "words"),
    [
        ("stadt.example", [], "nennt keine Server"),
        ("stadt.example", ["v=spf10 -all"], "nennt keine Server"),
        ("stadt.example", ["v=spf1 -all", "v=spf1 mx ~all"], "mehrere Einträge v=spf1"),
        ("stadt.example", ["v=spf1 mx +all"], "erlaubt allen"),
        ("stadt.example", ["v=spf1 mx all"], "erlaubt allen"),
        ("stadt.example", ["v=spf1 mx"], "weist niemanden ab"),
        ("stadt.example", ["v=spf1 mx ?all"], "weist niemanden ab"),
        ("m1._domainkey.stadt.example", [], "steht kein Schlüssel"),
        ("m1._domainkey.stadt.example", ["v=DKIM1; p="], "widerrufen"),
        ("m1._domainkey.stadt.example", ["p=a", "p=b"], "mehrere Schlüssel"),
        ("_dmarc.stadt.example", [], "steht keine Regel"),
        ("_dmarc.stadt.example", ["v=DMARC1; rua=mailto:x@y.example"], "keine gültige Regel"),
        ("_dmarc.stadt.example", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "mehrere Einträge; dann"),
    ],
)
def test_what_is_wrong_with_a_domain(server, name, texts, words):
    del server.zone[name]
    if texts:
        server.zone[name] = texts
    found = sender.look()
    assert found.is_wrong
    assert words in found.words


@pytest.mark.parametrize("record", ["v=spf1 mx ~all", "V=SPF1 redirect=_spf.land.example"])
def test_what_is_right_with_a_domain(server, record):
    server.zone["stadt.example"] = [record]
    assert sender.look().is_fine


def test_a_rule_of_the_domain_above_counts(server, settings):
    settings.MAIL_FROM = "portal@miglobe.stadt.example"
    server.zone["miglobe.stadt.example"] = ["v=spf1 -all"]
    server.zone["m1._domainkey.miglobe.stadt.example"] = ["p=abc"]
    assert sender.look().is_fine
    server.zone["_dmarc.stadt.example"] = ["v=DMARC1; p=reject; sp=sometimes"]
    assert "keine gültige Regel" in sender.look().words


def test_whoever_only_watches_is_told_so(server):
    server.zone["_dmarc.stadt.example"] = ["v=DMARC1; p=none"]
    found = sender.parts("stadt.example")["DMARC"]
    assert found.is_fine
    assert "beobachtet nur" in found.words


def test_without_a_selector_the_key_is_not_looked_up(server, settings):
    settings.MAIL_DKIM_SELECTOR = ""
    assert sender.look().state == "unknown"
    del server.zone["stadt.example"]
    assert sender.look().is_wrong


@pytest.mark.parametrize("says", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_dns_that_fails_is_no_fault_of_the_domain(server, says):
    server.says = says
    assert sender.look().state == "unknown"
    assert "Nicht prüfbar" in sender.look().words


def test_a_dns_that_knows_nothing_of_the_world_is_no_fault_of_the_domain(server):
    server.zone, server.knows_the_world = {}, False
    assert sender.look().state == "unknown"


def test_a_dns_that_is_not_there_is_no_fault_of_the_domain(server, monkeypatch):
    silent = Resolver(configure=False)
    silent.nameservers, silent.port, silent.lifetime = ["127.0.0.1"], 1, 0.3
    monkeypatch.setattr(sender, "resolver", lambda: silent)
    assert sender.look().state == "unknown"


def test_the_demonstration_asks_nobody(settings):
    settings.DEMO = True
    assert sender.look().state == "unknown"


def test_the_command_says_all_three_and_fails_with_one(server):
    said = io.StringIO()
    call_command("check_sender", stdout=said)
    assert said.getvalue().count("in Ordnung") == 3
    del server.zone["_dmarc.stadt.example"]
    with pytest.raises(SystemExit):
        call_command("check_sender", "stadt.example", stdout=said)
    assert "DMARC FEHLT" in said.getvalue()
