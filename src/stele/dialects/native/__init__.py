"""Stele's own dialect: `/api/v1`, JSON and RFC 9457 problems over HTTP.

`api.py` is the table of all endpoints; the routes, the OpenAPI document and the page at `/api/docs` are made from it.
`endpoint.py` does what every call needs (who calls, quota, query, errors); the handlers in `submitting.py`, `jobs.py`,
`results.py`, `events.py` and `buckets.py` only parse, call a use case and serialize. `schema.py` is the public shape of
everything; changing a field there changes the API. `problems.py` is the one place where an error becomes a status.
"""
