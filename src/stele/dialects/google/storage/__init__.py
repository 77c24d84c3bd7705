"""The part of the Cloud Storage JSON API that samples and clients of Cloud Vision use, over this server's buckets.

`api.py` is the table of calls, and what each goes through: who calls, its quota, errors. `buckets.py`, `objects.py` and
`uploads.py` answer; `sessions.py` holds resumable uploads, `related.py` takes apart `multipart/related`, `listing.py`
folds keys at a delimiter, `views.py` is how things look, `errors.py` how refusals do. Bytes are streamed both ways.

Not kept of an object: custom metadata, content encoding, access lists. There are no versions and one storage class.
"""
