"""The calls of Amazon S3 that its clients need to fill and empty embedded buckets, on a port of their own.

Buckets are those of every other dialect. What a bucket or an object is, is the service's business; here are XML, the
ways in which clients wrap and sign what they send, and uploads in parts.
"""
