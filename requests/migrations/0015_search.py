"""The desk's search: what is found is kept by triggers, so no way of writing goes past it.

`requests_fold` makes the spellings of a word one: capitals, umlauts and accents, ß, punctuation. The same is done to
what is typed (`requests.search`). It needs no extension and does not depend on the database's locale.
"""

import django.db.models.deletion
from django.db import migrations, models

import requests.models.search

FUNCTIONS = r"""
CREATE FUNCTION requests_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(
        regexp_replace(
            replace(replace(replace(
                translate(
                    lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f\u00ad\u200b-\u200d]+', '', 'g')),
                    'øđðłıæœØĐÐŁÆŒẞ', 'oddliaooddlaoß'
                ),
                'ß', 'ss'), 'ae', 'a'), 'oe', 'o'),
            '(?<![aeiouq])ue', 'u', 'g'  -- Muenster, but Frauen and Quelle
        ),
        '[\x01-/:-@\[-`\{-\x7f„“”‚‘’‹›«»–—·•°§€]+', ' ', 'g'
    )
$$;

-- Stems for every form of a word, and the words as they are for their beginnings and for exact phrases.
CREATE FUNCTION requests_words(words text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := requests_fold(words);
BEGIN
    RETURN to_tsvector('pg_catalog.german', folded) || to_tsvector('pg_catalog.simple', folded);
END
$$;

-- One term of a search: a word or words that belong together. Empty when it has neither letters nor digits.
CREATE FUNCTION requests_term(words text, exactly boolean, beginning boolean) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain tsquery := phraseto_tsquery('pg_catalog.simple', requests_fold(words));
BEGIN
    IF exactly OR numnode(plain) = 0 THEN
        RETURN plain;
    END IF;
    IF beginning THEN
        plain := (plain::text || ':*')::tsquery;
    END IF;
    RETURN phraseto_tsquery('pg_catalog.german', requests_fold(words)) || plain;
END
$$;

-- Writes the entries of these cases anew. The lock comes first: a second writer then sees what the first has written.
-- 100,000 characters: a vector has an upper limit, and nobody's message may fail because of it.
CREATE FUNCTION requests_search_refresh(cases bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM requests_consultationrequest WHERE id = ANY(cases) ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO requests_searchentry (consultation_id, words)
    SELECT consultation.id, requests_words(left(concat_ws(
        E'\n',
        consultation.reference,
        place.name,
        place.district_name,
        (SELECT string_agg(other.name, E'\n') FROM requests_consultationrequest_co_municipalities AS joint
            JOIN requests_municipality AS other ON other.ags = joint.municipality_id
            WHERE joint.consultationrequest_id = consultation.id),
        (SELECT string_agg(topic.name, E'\n') FROM requests_consultationrequest_topics AS chosen
            JOIN requests_topic AS topic ON topic.id = chosen.topic_id
            WHERE chosen.consultationrequest_id = consultation.id),
        consultation.contact_name,
        consultation.contact_office,
        consultation.contact_email,
        consultation.concern,
        consultation.hope,
        (SELECT string_agg(said.text, E'\n' ORDER BY said.at DESC) FROM (
            SELECT text, at FROM requests_message WHERE consultation_id = consultation.id
            UNION ALL
            SELECT text, at FROM requests_note WHERE consultation_id = consultation.id AND taken_back_at IS NULL
        ) AS said)
    ), 100000))
    FROM requests_consultationrequest AS consultation
    LEFT JOIN requests_municipality AS place ON place.ags = consultation.municipality_id
    WHERE consultation.id = ANY(cases) AND consultation.state <> 'draft'
    ON CONFLICT (consultation_id) DO UPDATE SET words = EXCLUDED.words;
END
$$;

-- No WHEN clauses and no lists of columns in the triggers: those would forbid later changes of the columns.
CREATE FUNCTION requests_search_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'draft' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'draft' AND
        (OLD.reference, OLD.municipality_id, OLD.contact_name, OLD.contact_office, OLD.contact_email, OLD.concern,
            OLD.hope)
        IS NOT DISTINCT FROM
        (NEW.reference, NEW.municipality_id, NEW.contact_name, NEW.contact_office, NEW.contact_email, NEW.concern,
            NEW.hope)
    THEN
        RETURN NULL;
    END IF;
    PERFORM requests_search_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END
$$;

-- For tables that belong to cases; the argument is their column with the case.
CREATE FUNCTION requests_search_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cases bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(DISTINCT %I) FROM touched', TG_ARGV[0]) INTO cases;
    IF cases IS NOT NULL THEN
        PERFORM requests_search_refresh(cases);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION requests_search_municipality() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM requests_search_refresh(ARRAY(
        WITH renamed AS (
            SELECT now.ags FROM touched AS now JOIN before USING (ags)
            WHERE (now.name, now.district_name) IS DISTINCT FROM (before.name, before.district_name)
        )
        SELECT id FROM requests_consultationrequest WHERE municipality_id IN (SELECT ags FROM renamed)
        UNION
        SELECT consultationrequest_id FROM requests_consultationrequest_co_municipalities
        WHERE municipality_id IN (SELECT ags FROM renamed)
    ));
    RETURN NULL;
END
$$;

CREATE FUNCTION requests_search_topic() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM requests_search_refresh(ARRAY(
        SELECT DISTINCT consultationrequest_id FROM requests_consultationrequest_topics
        WHERE topic_id IN (
            SELECT now.id FROM touched AS now JOIN before USING (id) WHERE now.name IS DISTINCT FROM before.name
        )
    ));
    RETURN NULL;
END
$$;

CREATE TRIGGER search_case AFTER INSERT OR UPDATE ON requests_consultationrequest
    FOR EACH ROW EXECUTE FUNCTION requests_search_case();
CREATE TRIGGER search_renamed AFTER UPDATE ON requests_municipality
    REFERENCING OLD TABLE AS before NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION requests_search_municipality();
CREATE TRIGGER search_renamed AFTER UPDATE ON requests_topic
    REFERENCING OLD TABLE AS before NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION requests_search_topic();
ALTER TABLE requests_searchentry ADD CONSTRAINT search_entry_of_a_case FOREIGN KEY (consultation_id)
    REFERENCES requests_consultationrequest (id) ON DELETE CASCADE;
CREATE INDEX search_words ON requests_searchentry USING gin (words);
"""
PARTS = {
    "requests_consultationrequest_co_municipalities": ("consultationrequest_id", ("INSERT", "DELETE")),
    "requests_consultationrequest_topics": ("consultationrequest_id", ("INSERT", "DELETE")),
    "requests_message": ("consultation_id", ("INSERT", "UPDATE", "DELETE")),
    "requests_note": ("consultation_id", ("INSERT", "UPDATE", "DELETE")),
}
TRIGGERS = "".join(
    f"""
    CREATE TRIGGER search_{event.lower()} AFTER {event} ON {table}
        REFERENCING {"OLD" if event == "DELETE" else "NEW"} TABLE AS touched
        FOR EACH STATEMENT EXECUTE FUNCTION requests_search_part('{column}');
    """
    for table, (column, events) in PARTS.items()
    for event in events
)
FILL = "SELECT requests_search_refresh(ARRAY(SELECT id FROM requests_consultationrequest WHERE state <> 'draft'));"
UNDO = """
DROP FUNCTION requests_search_topic, requests_search_municipality, requests_search_part, requests_search_case,
    requests_search_refresh, requests_term, requests_words, requests_fold CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("requests", "0014_duplicates")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "consultation",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="requests.consultationrequest",
                    ),
                ),
                ("words", requests.models.search.WordsField()),
            ],
            options={
                "verbose_name": "Sucheintrag",
                "verbose_name_plural": "Sucheinträge",
            },
        ),
        migrations.RunSQL([(FUNCTIONS, None), (TRIGGERS, None)], UNDO),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
