"""The store: jobs, units, notices and access on SQL.

`sql/<database>.sql` holds every statement under a name; `queries.py` loads them; `jobs.py`, `units.py`, `notices.py`,
`access.py` say which statements make one transaction; `sqlite.py` is the embedded database with its writer thread.
Another database is another `Database` and another file of statements with the same names. The schema lives in
`migrations/` (Alembic). One contract suite (`tests/contract/test_store_*.py`) runs against every database.
"""
