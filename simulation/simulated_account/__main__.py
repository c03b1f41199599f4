"""Serves a simulated AWS account until it is interrupted.

    python -m simulated_account --seed omnitrack --port 5000

Then, in another shell:

    export AWS_ENDPOINT_URL=http://127.0.0.1:5000 AWS_REGION=us-east-1
    export AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated
    aws logs describe-log-groups

From a container, serve with `--host 0.0.0.0` and use the host's name in AWS_ENDPOINT_URL.
"""

from __future__ import annotations

import argparse
import signal
import threading

from simulated_account import SimulatedAccount, omnitrack, sized


def main() -> None:
    """Prints one line with the endpoint as soon as the account can be used."""
    parser = argparse.ArgumentParser(
        prog="python -m simulated_account",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5000, help="0 takes a free one")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--seed", choices=("omnitrack", "empty"), default="omnitrack")
    parser.add_argument(
        "--size", type=int, default=0, help="as many log groups, tables, functions and alarms more"
    )
    arguments = parser.parse_args()
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    with SimulatedAccount(
        region=arguments.region, host=arguments.host, port=arguments.port
    ) as account:
        if arguments.seed == "omnitrack":
            omnitrack.seed(account)
        if arguments.size:
            size = arguments.size
            sized.seed_sized(account, log_groups=size, functions=size, tables=size, alarms=size)
        account.forget_calls()
        print(account.endpoint_url, flush=True)
        interrupted.wait()


if __name__ == "__main__":
    main()
