"""The default engine: PP-OCRv6 small on OpenVINO, on the CPU.

`models` compiles the two graphs, `detector` finds lines, `recogniser` reads them, `words` turns time steps into word
and character boxes, `orientation` decides which way up the page is; `engine` puts them in order. All arrays of corners
are float32, N x 4 x 2, in displayed pixels, clockwise from the text's own top-left.
"""
