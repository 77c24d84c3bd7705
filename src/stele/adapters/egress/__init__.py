"""The one way out to addresses that callers supply: input URLs, webhooks, model sources.

Whatever opens such an address goes through `GuardedEgress` in `guarded.py`; nothing else in Stele may. `ranges.py` says
which networks are not public, `policy.py` what is allowed and why, `address.py` how an address must be spelled,
`wire.py` resolves, checks and connects. All of it is synchronous and may block for `EgressPolicy.timeout_seconds`.
`docs/security.md` tells operators the same in prose; a test holds its list of networks to the table.
"""

from stele.adapters.egress.guarded import Fetched, GuardedEgress, Posted
from stele.adapters.egress.policy import EgressPolicy
from stele.adapters.egress.wire import Resolver

__all__ = ["EgressPolicy", "Fetched", "GuardedEgress", "Posted", "Resolver"]
