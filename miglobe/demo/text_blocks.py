"""Text blocks as a coordination may have collected them."""

TEXT_BLOCKS = (  # name, German, English
    (
        "Rückruf anbieten",
        "Wenn sich das am Telefon leichter besprechen lässt, rufen wir gern zurück. Wann passt es Ihnen, und unter "
        "welcher Nummer erreichen wir Sie?",
        "If this is easier to talk about on the telephone, we will gladly call you back. When would suit you, and "
        "which number can we reach you on?",
    ),
    (
        "Wer nimmt teil?",
        "Damit wir das Team für {{ Kommune nach für }} gut zusammenstellen können: Welche Ämter und welche Vereine "
        "oder Initiativen aus der Stadtgesellschaft sollen dabei sein, und mit wie vielen Personen rechnen Sie?",
        "So that we can choose the right team for {{ Kommune nach für }}: which departments and which associations or "
        "initiatives will take part, and how many people do you expect?",
    ),
    (
        "Beschluss oder Konzept nachreichen",
        "Gibt es zu Ihrem Vorhaben schon einen Ratsbeschluss oder ein Konzept? Sie können beides auf Ihrer "
        "persönlichen Seite hochladen; bitte nennen Sie bei Rückfragen das Aktenzeichen {{ Aktenzeichen }}.",
        "",
    ),
    (
        "Es dauert länger",
        "Die Suche nach einem passenden Team dauert diesmal etwas länger. Ihre Anfrage ist nicht vergessen: Wir melden "
        "uns spätestens in zwei Wochen mit einem Zwischenstand.",
        "It takes a little longer this time to find the right team. Your request is not forgotten: we will get back to "
        "you within two weeks.",
    ),
)
