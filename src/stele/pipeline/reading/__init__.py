"""Reading: from a page's pixels or text layer to words, lines, paragraphs, blocks in reading order.

`Reader.read` is the door: it takes a `PageInput` and gives a canonical `Page`. Engines sit behind the `Engine` seam
(`seam.py`) and only turn pixels into lines of words; orientation, layout, order and languages are shared. One engine a
process, never shared by threads.
"""
