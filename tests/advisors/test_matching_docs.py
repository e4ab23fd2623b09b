"""What docs/matching.md says of the criteria is what the code does."""

from pathlib import Path

from django.conf import settings

from advisors import matching

PAGE = Path(settings.BASE_DIR) / "docs" / "matching.md"
END = "<!-- Ende der Kriterien -->"


def table():
    yield "Muss erfüllt sein: Die Person"
    yield ""
    yield from (f"- {must.label}" for must in matching.MUST)
    yield ""
    yield "| Spricht dafür | Gewicht | Wert von 0 bis 1 | Im Team |"
    yield "| --- | --- | --- | --- |"
    for should in matching.SHOULD:
        weight = f"{should.weight:g}".replace(".", ",")
        together = "so gut wie die Beste" if should.shared else "im Mittel"
        yield f"| {should.criterion.label} | {weight} | {should.means} | {together} |"


def test_the_table_of_criteria_is_that_of_the_code():
    before, _, rest = PAGE.read_text().partition("<!-- Kriterien")
    first, _, after = rest.partition("\n")
    found, end, _ = after.partition(END)
    assert before and end and first
    wanted = "\n".join(table())
    assert found.strip() == wanted, f"In {PAGE.name} gehört:\n\n{wanted}"
