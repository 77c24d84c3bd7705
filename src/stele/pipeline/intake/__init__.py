"""Opening inputs: what is this file, may it be opened, and its pages one by one.

`sniff` looks at content, never at names. `open_document` checks the limits before it decodes anything and gives pages
lazily: whoever iterates holds one page at a time. Add a format by adding an opener and naming it in `opening.py`.
"""
