"""The collector of cyclic garbage, in processes that live long."""

from __future__ import annotations

import gc


def settle() -> None:
    """What was made until now stays for good, so the collector need not look at it again.

    A dense page is written with tens of thousands of small objects, which make the collector run; going through the
    hundred thousand of the libraries each time took longer than the writing, and every other caller waited for it.
    """
    gc.collect()
    gc.freeze()
