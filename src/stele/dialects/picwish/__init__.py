"""PicWish's OCR: a file or its address goes in as a task, which is asked for until it has ended, and then a file in
another format can be fetched from an address that is good for an hour.

Everything of the dialect is here: its paths and words, its codes, its rates. A task is an ordinary job with one input
and one format.
"""
