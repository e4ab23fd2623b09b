"""The register of processing and the page of measures say what the code does."""

from miglobe.privacy import registry
from miglobe.privacy.registry import Grade
from scripts import privacy_docs
from scripts.processing import ACTIVITIES


def test_the_pages_are_up_to_date():
    for name, text in privacy_docs.pages().items():
        assert (privacy_docs.DOCS / name).read_text(encoding="utf-8") == text, f"{name}: bitte `make privacy-docs`"


def test_every_table_with_personal_data_belongs_to_an_activity():
    told = {name for activity in ACTIVITIES for name in activity.tables}
    personal = {model._meta.label for model, said in registry.grades().items() if set(said.values()) - {Grade.NEITHER}}
    assert personal == told


def test_every_period_belongs_to_an_activity():
    told = [name for activity in ACTIVITIES for name in activity.rules]
    assert sorted(told) == sorted(rule.name for rule in registry.rules())
