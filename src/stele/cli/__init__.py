"""The command line. `main.run(wiring)` is its door; `stele.app` hands it the wiring and is the console script.

One module a command group (`read.py`, `doctor.py`, …). They are imported to print the help, so they import nothing
heavy at their top: what a command needs is imported when it runs. `pool.py` and `tasks.py` run in child processes,
`exits.py` says how the program ends.
"""
