"""Structure: tables, fields, marks, regions and answers, pointing at words by index.

They are found from words, and from what the file draws on the page, or else its ink.

`structuring` is the door: it takes a `Page` with words and gives the same page with the structure that was asked for.
Each room works on a `Sheet`, the page laid level at a size where rules and boxes can be seen; none knows an engine or a
file.
"""
