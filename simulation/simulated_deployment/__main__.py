"""Serve a simulated account with OmniTrack's production and the monitor's own stack in it.

    python -m simulated_deployment --host 0.0.0.0 --port 5000
    AWS_ENDPOINT_URL=http://127.0.0.1:5000 sam local invoke EvaluateData ...

It prints the endpoint when it is ready, and serves until it is interrupted.
"""

from __future__ import annotations

import argparse
import threading

from simulated_account import SimulatedAccount, omnitrack
from simulated_deployment.deployment import Deployment
from simulated_slack import SlackEndpoint


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m simulated_deployment", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5000)
    asked = parser.parse_args()
    with (
        SimulatedAccount(host=asked.host, port=asked.port) as account,
        SlackEndpoint(host=asked.host) as slack,
    ):
        omnitrack.seed(account)
        Deployment(account, slack_url=slack.url)
        print(account.endpoint_url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
