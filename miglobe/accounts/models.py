from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from miglobe.history.tracking import tracked, tracked_links
from miglobe.languages import in_language


@tracked()
class Organisation(models.Model):
    """One of the partners that carry the programme together."""

    name = models.CharField("Name", max_length=200, unique=True)
    short_name = models.CharField("Kurzname", max_length=20, unique=True)
    email = models.EmailField("E-Mail-Postfach", help_text="Erhält die Nachricht über jede neue Anfrage.")
    phone = models.CharField("Telefon", max_length=40, blank=True)
    address = models.TextField("Anschrift", blank=True)
    website = models.URLField("Internetseite", blank=True)
    description = models.TextField(
        "Beschreibung", max_length=1000, blank=True, help_text="Ein bis drei Sätze für die Seite „Über uns“."
    )
    description_en = models.TextField("Beschreibung auf Englisch", max_length=1000, blank=True)

    class Meta:
        verbose_name = "Organisation"
        verbose_name_plural = "Organisationen"
        ordering = ("short_name",)

    def __str__(self) -> str:
        return self.short_name

    @property
    def description_words(self) -> str:
        return in_language(self.description, self.description_en)


class AddressField(models.EmailField):
    """An address by which somebody is found whatever its case."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.lower() if isinstance(text, str) else text

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """E-mail addresses are the same whatever their case."""
        return self.get(email__iexact=username)


@tracked(exclude=("password", "last_login"))
class User(AbstractUser):
    """A person who works at the desk. Municipalities and advisors need no account."""

    username = None  # type: ignore[assignment]
    email = AddressField("E-Mail-Adresse", unique=True)
    organisation = models.ForeignKey(
        Organisation, verbose_name="Organisation", on_delete=models.PROTECT, null=True, blank=True
    )
    phone = models.CharField("Telefon", max_length=40, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "Person mit Zugang"
        verbose_name_plural = "Personen mit Zugang"
        ordering = ("last_name", "first_name")
        constraints = (models.UniqueConstraint(Lower("email"), name="one_account_per_address"),)

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Session(AbstractBaseSession):
    """A login, and whose it is. `miglobe.accounts.sessions` writes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "Anmeldung"
        verbose_name_plural = "Anmeldungen"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from .sessions import SessionStore

        return SessionStore

    @property
    def handle(self) -> str:
        """Names it on a page: the key itself would open the door."""
        return salted_hmac("miglobe.accounts.session", self.session_key, algorithm="sha256").hexdigest()[:16]


class SavedView(models.Model):
    """A search with its filters and its order, to come back to. Only `miglobe.accounts.saved_views` writes it."""

    NAME_LENGTH, QUERY_LENGTH = 60, 1000

    class Sharing(models.TextChoices):
        ME = "me", "nur für mich"
        ORGANISATION = "organisation", "für meine Organisation"
        ALL = "all", "für alle"

    owner = models.ForeignKey(User, verbose_name="Von", on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField("Name", max_length=NAME_LENGTH)
    sharing = models.CharField("Sichtbar", max_length=12, choices=Sharing, default=Sharing.ME)
    query = models.CharField("Suche und Filter", max_length=QUERY_LENGTH)
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)

    class Meta:
        verbose_name = "Ansicht"
        verbose_name_plural = "Ansichten"
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="a_person_has_one_view_of_a_name"),
            models.CheckConstraint(
                condition=Q(sharing__in=("me", "organisation", "all")), name="a_view_is_shared_in_a_known_way"
            ),
        )

    def __str__(self) -> str:
        return self.name


class FirstView(models.Model):
    """What a person's list begins with. Only `miglobe.accounts.saved_views` writes it."""

    person = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="first_view")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "Erste Ansicht"
        verbose_name_plural = "Erste Ansichten"

    def __str__(self) -> str:
        return f"{self.person}: {self.view}"


for links in ("groups", "user_permissions"):
    tracked_links(getattr(User, links).through)
