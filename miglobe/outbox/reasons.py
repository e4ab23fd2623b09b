"""What a mail server's refusal means, in plain German, by its codes (RFC 5321, RFC 3463) and words."""

import re

NO_MAILBOX = "Dieses Postfach gibt es nicht. Bitte prüfen Sie die Adresse."
NO_DOMAIN = "Die Domain der Adresse gibt es nicht, oder sie nimmt keine E-Mails an. Bitte prüfen Sie die Adresse."
OUR_SENDER = "Der Mailserver lehnt unsere Absenderadresse ab. Bitte geben Sie der technischen Betreuung Bescheid."
OUR_ACCESS = "Unser Zugang zum Mailserver wird abgelehnt. Bitte geben Sie der technischen Betreuung Bescheid."
FULL = "Das Postfach ist voll."
SPAM = "Der Mailserver lehnt die E-Mail ab, meist zum Schutz vor unerwünschten E-Mails."

_CODES = re.compile(r"\b(?P<reply>[245]\d\d)\b[ -]*(?:#?(?P<status>[245]\.\d{1,3}\.\d{1,3}))?")

_BY_STATUS = (  # the class of the code (2, 4, 5) does not change what it means
    (r"1\.[1346]", NO_MAILBOX),
    (
        r"1\.(2|10)",
        NO_DOMAIN,
    ),
    (r"1\.[78]", OUR_SENDER),
    (r"2\.1", "Das Postfach ist abgeschaltet und nimmt keine E-Mails an."),
    (r"2\.2", FULL),
    (r"(2\.3|3\.4)", "Die E-Mail ist dem Mailserver zu groß."),
    (r"4\.[1-7]", "Der Mailserver der Gegenseite war nicht erreichbar."),
    (
        r"7\.(8|9|1[01]|14)",
        OUR_ACCESS,
    ),
    (r"7\.\d+", SPAM),
)
_BY_WORDS = (
    (
        r"user unknown|unknown user|no such (user|recipient|mailbox)|mailbox (not found|unavailable|does not exist)"
        r"|does not exist|unknown (recipient|address)|recipient (unknown|not found)|invalid (recipient|mailbox)"
        r"|unbekannt",
        NO_MAILBOX,
    ),
    (r"(mailbox|quota|storage).*(full|exceed)|over ?quota|postfach.*voll", FULL),
    (r"spam|blocked|blacklist|blocklist|policy|reputation|denied", SPAM),
    (r"greylist|try again|temporar|too many", "Der Mailserver hat um einen späteren Versuch gebeten."),
    (
        r"name or service not known|nodename|no address associated|temporary failure in name",
        "Der Name unseres Mailservers wird nicht gefunden. Bitte geben Sie der technischen Betreuung Bescheid.",
    ),
    (
        r"refused|timed? ?out|unexpectedly closed|unreachable|reset by peer|broken pipe",
        "Unser Mailserver war nicht erreichbar. Bitte geben Sie der technischen Betreuung Bescheid, wenn das öfter "
        "vorkommt.",
    ),
)
_BY_REPLY = {
    "421": "Der Mailserver war gerade nicht bereit.",
    "450": "Das Postfach war gerade nicht erreichbar.",
    "451": "Beim Mailserver gab es eine Störung.",
    "452": "Beim Mailserver fehlte Platz.",
    "530": OUR_ACCESS,
    "535": OUR_ACCESS,
    "550": "Der Mailserver nimmt unter dieser Adresse keine E-Mail an. Bitte prüfen Sie die Adresse.",
    "551": "Dieses Postfach gibt es dort nicht. Bitte prüfen Sie die Adresse.",
    "552": FULL,
    "553": "Der Mailserver hält die Adresse für ungültig. Bitte prüfen Sie die Adresse.",
    "554": "Der Mailserver lehnt die E-Mail ab.",
}


def in_german(error: str) -> str:
    """A sentence for what the server said; empty when nothing is known beyond its own words."""
    if re.search(
        r"(domain|host)( name)? (not found|does not exist|unknown)|unknown (domain|host)", error, re.IGNORECASE
    ):
        return NO_DOMAIN
    codes = _CODES.search(error)
    if codes and codes["status"]:
        for pattern, sentence in _BY_STATUS:
            if re.fullmatch(pattern, codes["status"].partition(".")[2]):
                return sentence
    for pattern, sentence in _BY_WORDS:
        if re.search(pattern, error, re.IGNORECASE):
            return sentence
    return _BY_REPLY.get(codes["reply"], "") if codes else ""
