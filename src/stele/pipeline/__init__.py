"""Ring 1: pure work on one document, in the order intake → reading → structure → annotation → export.

No network, no store, no job: files and values in, values and files out. Workers call it from their child processes;
`stele read` calls it directly.
"""
