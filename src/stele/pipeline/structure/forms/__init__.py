"""Forms: checkboxes and their labels, keys and their values, and signatures.

A key is told by a colon, by the box or the row it shares with its value, or by a checkbox beside it.
"""
