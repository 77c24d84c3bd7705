"""Ring 1: use cases: admit, submit, query, cancel, forget, publish, notify, retain, quotas, access.

They are written against the ports in `ports.py`; adapters make those real. Dialects call these functions and nothing
else. No HTTP, no SQL, no files.
"""
