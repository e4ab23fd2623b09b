import pytest

from tests.factories import MunicipalityFactory


@pytest.mark.parametrize(
    ("name", "kind", "accusative"),
    [
        ("Ahlen", "Stadt", "Ahlen"),
        ("Kreis Düren", "Kreis", "den Kreis Düren"),
        ("Märkischer Kreis", "Kreis", "den Märkischen Kreis"),
        ("Rhein-Sieg-Kreis", "Kreis", "den Rhein-Sieg-Kreis"),
        ("Hochsauerlandkreis", "Kreis", "den Hochsauerlandkreis"),
        ("Städteregion Aachen", "Städteregion", "die Städteregion Aachen"),
    ],
)
def test_names_stand_right_in_a_sentence(name, kind, accusative):
    place = MunicipalityFactory.build(name=name, type=kind, is_district=kind != "Stadt")
    assert place.accusative == accusative
