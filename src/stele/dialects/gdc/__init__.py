"""Google Distributed Cloud: what it has that Cloud Vision has not. Its OCR calls are those of `stele.dialects.google`.

`tokens.py` is the endpoint where service identities trade signed statements for bearer tokens. Projects, buckets and
roles are applied by the operator (`stele.service.resources`), not by callers.
"""
