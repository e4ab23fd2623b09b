import pytest

from requests.mail_domains import Kind, kind
from tests.factories import MunicipalityFactory


def place(name, is_district=False):
    return MunicipalityFactory.build(name=name, is_district=is_district)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("p@unna.de", "Unna"),
        ("p@stadt-unna.de", "Unna"),
        ("P@Stadt-Unna.DE", "Unna"),
        ("p@mail.stadt-unna.de", "Unna"),
        ("p@stadtverwaltung-unna.de", "Unna"),
        ("p@stadt-koeln.de", "Köln"),
        ("p@köln.nrw", "Köln"),
        ("p@koln.de", "Köln"),
        ("p@sankt-augustin.de", "Sankt Augustin"),
        ("p@muelheim-ruhr.de", "Mülheim an der Ruhr"),
        ("p@muelheim-an-der-ruhr.de", "Mülheim an der Ruhr"),
        ("p@badoeynhausen.de", "Bad Oeynhausen"),
        ("p@gemeinde-nottuln.example", "Nottuln"),
    ],
)
def test_an_address_of_the_town_is_recognised(address, name):
    assert kind(address, place(name)) == Kind.MUNICIPAL


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("p@kreis-dueren.de", "Kreis Düren"),
        ("p@rhein-sieg-kreis.de", "Rhein-Sieg-Kreis"),
        ("p@maerkischer-kreis.de", "Märkischer Kreis"),
        ("p@staedteregion-aachen.de", "Städteregion Aachen"),
    ],
)
def test_an_address_of_the_kreis_is_recognised(address, name):
    assert kind(address, place(name, is_district=True)) == Kind.MUNICIPAL


@pytest.mark.parametrize("address", ["p@gmail.com", "p@WEB.de", "p@t-online.de", "p@gmx.net"])
def test_a_private_provider_is_recognised(address):
    assert kind(address, place("Unna")) == Kind.PRIVATE


@pytest.mark.parametrize(
    "address",
    [
        "p@unna.de.evil.example",
        "p@unna-stadt.com",
        "p@unnaer-verein.de",
        "p@kreis-unna.de",  # the Kreis is not the town
        "p@xn--unna.de",
        "p@de",
        "",
    ],
)
def test_anything_else_is_left_open(address):
    assert kind(address, place("Unna")) == Kind.UNCLEAR


def test_a_town_is_not_its_kreis():
    assert kind("p@dueren.de", place("Kreis Düren", is_district=True)) == Kind.UNCLEAR
