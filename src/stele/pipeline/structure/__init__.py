"""Structure: tables, fields, marks, regions and answers, found from words and lines and pointing at them by index.

Empty until the structure issue fills it; it will take a `Page` with words and give the same page with structure.
"""
