"""Opening inputs: what is this file, may it be opened, and its pages one by one.

`opening.open_document` is the door: it looks at content, never at names, checks the limits before it decodes anything,
and gives pages lazily: whoever iterates holds one page at a time. Images go through `images.py` and `heif.py` to
`pixels.py`; PDF goes through `pdf.py`, where `survey.py` says what is painted on a page, and `words.py`,
`soundness.py` and `textlayer.py` what its text layer is worth; `drawing.py` says what it draws besides words, from its
`paths.py`, `annotations.py` and `fonts.py`, for those who look for rules and boxes. Add a format by adding its signs to
`stele.domain.media`, an opener here, and its name in `opening.py`. Native decoders are used from one thread only.
"""
