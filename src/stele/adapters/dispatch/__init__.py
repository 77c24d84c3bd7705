"""Dispatch: who does the work, in which process, and what happens when that process dies.

    supervisor ──┬─ API child                 answers callers; never decodes
                 ├─ slot thread ── child      claims, leases, commits; the child does one unit at a time
                 └─ slot thread ── child      … as many as `workers`

`supervisor.py` owns the processes, `slot.py` one lease at a time, `process.py` one child, `child.py` is what runs in
it, `work.py` what it does, `messages.py` what the two say to each other. `wake.py` carries hints between processes:
losing one costs a poll interval. `holder.py` tells live supervisors from dead ones.

Every child has its own process group, gets SIGKILL when its parent dies (Linux), and ends when its pipe does.
"""
