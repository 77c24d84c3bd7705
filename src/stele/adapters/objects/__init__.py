"""Bytes at rest: `files.py` keeps the server's own blobs in a folder, durably; `remotes.py` reaches registered buckets
elsewhere (s3, gs, a folder) through obstore. What an object is (size, checksum, generation) is a row in the store.
"""
