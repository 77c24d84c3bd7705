"""Notices that a job has ended, on their way out. `webhook.py` signs and delivers one; the outbox says when.

What a notice says is its dialect's business; which addresses may be opened is that of `adapters/egress/`.
"""
