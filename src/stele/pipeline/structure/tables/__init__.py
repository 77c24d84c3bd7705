"""Tables: where they are (`zones`), how their words stand in rows and columns (`grid`), and what their cells are for.

Rules say most where they are drawn; whitespace that runs through many rows says the rest.
"""
