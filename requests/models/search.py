"""What the desk's search looks through."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.sql.compiler import SQLCompiler

from .consultation import ConsultationRequest


class WordsField(models.Field):
    """PostgreSQL's tsvector."""

    def db_type(self, connection: Any) -> str:
        return "tsvector"


@WordsField.register_lookup
class Matches(models.Lookup):
    """`words__matches=query`, with what `requests.search` has made of what was typed."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        words, parameters = self.process_lhs(compiler, connection)
        return f"{words} @@ %s::tsquery", (*parameters, self.rhs)


class Among(models.Lookup):
    """`Among(F("pk"), keys)`: as `pk__in`, in one piece, however many there are."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        key, parameters = self.process_lhs(compiler, connection)
        return f"{key} = ANY(%s::bigint[])", (*parameters, self.rhs)


class SearchEntry(models.Model):
    """All words of a sent request: its own, its messages', its notes'. Only the database's triggers write it.

    Migration "search" holds them and the GIN index. `requests.search` asks.
    """

    consultation = models.OneToOneField(  # the database's own constraint cascades, after its triggers
        ConsultationRequest,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="search_entry",
    )
    words = WordsField()

    class Meta:
        verbose_name = "Sucheintrag"
        verbose_name_plural = "Sucheinträge"

    def __str__(self) -> str:
        return f"{self.consultation_id}"
