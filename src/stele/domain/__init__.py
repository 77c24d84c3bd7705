"""Ring 0: values. The document tree, geometry, the job and its states, the error table.

Nothing here does I/O or imports anything but the standard library and msgspec, so every other room may import it.
"""
