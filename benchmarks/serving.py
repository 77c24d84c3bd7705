"""The program of the server that is measured: `stele serve` on the settings of its environment.

It prints one line of JSON when it listens: its address, and the token of the project that its first start made. That
is the only difference to the command, which tells the same to people.
"""

from __future__ import annotations

import json

from stele.app import App, Serving


def _tell(serving: Serving) -> None:
    print(json.dumps({"address": serving.address, "token": serving.fresh_token}), flush=True)


if __name__ == "__main__":
    App({}).serve(_tell)
