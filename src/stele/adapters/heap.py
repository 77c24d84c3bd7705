"""The collector of cyclic garbage, in processes that live long."""

from __future__ import annotations

import gc

#: so many objects more than were let go of make the collector run; it is 700 unless told
_OBJECTS = 50_000


def settle() -> None:
    """What was made until now stays for good, so the collector need not look at it again.

    A dense page is written with tens of thousands of small objects, which make the collector run; going through the
    hundred thousand of the libraries each time took longer than the writing, and every other caller waited for it.
    It is also to wait until a few pages were made: hardly any of their objects can be part of a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
