"""`make bench`: this project and its peers on the same pages in one run, and the API with few and many jobs.

Nothing of `stele` imports this package. `__main__` is the door; `reading`, `api` and `load` are the three benchmarks;
each gives a `Result`, which `results` prints and writes. How it is measured is told in `docs/benchmarks.md`.
"""
