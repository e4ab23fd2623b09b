"""Who changed what, when and by which way: PostgreSQL's triggers write it down, so nothing passes them by.

`tracking` says which tables have a history, `context` who acts and where, `reading` puts it into words, `forgetting`
is the only way out of it. Decision 15 says why.
"""
