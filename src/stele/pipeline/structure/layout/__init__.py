"""Layout: what each part of the page is.

`regions` is the door. Lines that stand together are `blocks`; their `kinds` are told by their print (`lettering`),
their place and their words; those of one table, list or form are one of the `parts` together, and what is no words may
be one of `figures`.
"""
