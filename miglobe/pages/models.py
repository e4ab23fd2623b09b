from django.db import models


class Portal(models.Model):
    """What the public pages say of themselves. There is one row; the operator fills it in."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    operator = models.CharField("Betreiber", max_length=200, blank=True)
    imprint = models.TextField("Impressum", blank=True, help_text="Angaben nach § 5 DDG, Absätze durch Leerzeilen.")
    contact_email = models.EmailField("E-Mail-Adresse für Fragen", blank=True)
    contact_phone = models.CharField("Telefon für Fragen", max_length=40, blank=True)
    privacy_officer = models.CharField("Datenschutzbeauftragte*r", max_length=200, blank=True)
    takes_requests = models.BooleanField("Anfragen werden angenommen", default=True)
    pause_note = models.TextField(
        "Hinweis, solange keine Anfragen angenommen werden", blank=True, default="", max_length=1000
    )

    class Meta:
        verbose_name = "Angaben zum Portal"
        verbose_name_plural = "Angaben zum Portal"
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_portal"),)

    def __str__(self) -> str:
        return "Angaben zum Portal"

    @classmethod
    def current(cls) -> "Portal":
        """The one row, or its defaults where nobody has filled it in yet."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)
