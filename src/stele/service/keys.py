"""The master key: 32 random bytes of this server, from which secrets are derived that it must know again but not keep.

Whoever reads the store alone learns none of them; whoever loses the key must issue them anew.
"""

from __future__ import annotations

import hashlib
import hmac


class MasterKey:
    """Derives secrets with HMAC-SHA256, which is a pseudorandom function of a secret key (RFC 2104, FIPS 198-1)."""

    def __init__(self, material: bytes) -> None:
        self._material = material

    def derived(self, purpose: str, about: str) -> bytes:
        """32 bytes that are the same for the same purpose and subject. `purpose` holds no NUL."""
        return hmac.digest(self._material, f"{purpose}\0{about}".encode(), hashlib.sha256)
