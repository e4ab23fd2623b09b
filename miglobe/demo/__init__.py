"""Invented data for the demonstration: people, advisors and cases with a past.

`people` and `cases` are data. `story` says what can happen to a case, `play` lets all of it happen in the order
of time with the real commands, `clock` sets the clock back meanwhile.
"""
