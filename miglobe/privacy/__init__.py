"""What we owe the people whose data we hold: what it is, how long it is kept, how they get it and how it goes.

Each app says of its own tables, in its module `privacy`, what in them is personal, when its time is over, and what
belongs to whom (`registry`). `retention` runs over the periods, `forgetting` empties and deletes, `holds` stops both.
"""
