"""Words to cases by the GIN index, whatever the planner thinks of it; and the indexes of places for sorted lists."""

from django.db import migrations, models


# Reading every vector is what the planner sometimes prefers and what costs: each lies in a table of its own.
SEARCH = """
CREATE FUNCTION requests_search(query tsquery, most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE SET enable_seqscan TO off AS $$
    SELECT consultation_id FROM requests_searchentry WHERE words @@ query LIMIT most
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('requests', '0020_text_block_history_by_row'),
    ]

    operations = [
        migrations.RunSQL(SEARCH, "DROP FUNCTION requests_search"),
        migrations.AddIndex(
            model_name='municipality',
            index=models.Index(fields=['sort_key'], name='municipality_by_name'),
        ),
        migrations.AddIndex(
            model_name='municipality',
            index=models.Index(fields=['district_name'], name='municipality_by_district'),
        ),
    ]
