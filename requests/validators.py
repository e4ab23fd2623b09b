"""What no field of a form takes, whatever a browser or a script sends."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

printable = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]",
    _("Der Text enthält unsichtbare Steuerzeichen. Bitte tippen Sie ihn ein oder fügen Sie ihn ohne Formatierung ein."),
    inverse_match=True,
)
one_line = RegexValidator(
    r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]",
    _("Bitte geben Sie nur eine Zeile ohne Steuerzeichen ein."),
    inverse_match=True,
)
telephone = RegexValidator(
    r"^\+?[0-9][0-9 ()/\-]{4,}\Z",
    _("Bitte geben Sie eine Telefonnummer ein, zum Beispiel 0231 5550 123."),
)
