"""The stack of template.yaml in a simulated account: its handlers, state, stream and queues.

with SimulatedAccount() as account, SlackEndpoint() as slack:
    deployment = Deployment(account, slack_url=slack.url)
    deployment.invoke("EvaluateData")
    deployment.settle()
    print(deployment.inbox.mails)
"""

from simulated_deployment.deployment import Deployment, Invocation
from simulated_deployment.inbox import Inbox, Mail

__all__ = ["Deployment", "Inbox", "Invocation", "Mail"]
