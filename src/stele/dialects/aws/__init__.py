"""What the dialects of Amazon's services share: Signature Version 4.

`signature.py` is pure computing on what a request says; it knows no store and no HTTP library.
"""
