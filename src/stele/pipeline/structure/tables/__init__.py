"""Tables: where they are, how their words stand in rows and columns, and what their cells are for.

Rules say most where they are drawn; whitespace that runs through many rows says the rest. `finding` is the door: it
asks for zones with rules all around (`framed`), between level rules (`underlined`), and without any (`aligned`,
`records`), and has a `grid` made of each.
"""
