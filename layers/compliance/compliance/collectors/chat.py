"""Chat channels that topics are posted to, and the secret of the monitor's own webhook."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.chat import ChatChannel
from compliance.registry import Read, collector

_REGION = "us-east-2"
"""The service is global; it answers in a few regions, this one first of all.

Source: https://docs.aws.amazon.com/general/latest/gr/chatbot.html
"""

DESCRIBE_SLACK = Read("chatbot", "DescribeSlackChannelConfigurations")
LIST_TEAMS = Read("chatbot", "ListMicrosoftTeamsChannelConfigurations")
DESCRIBE_CHIME = Read("chatbot", "DescribeChimeWebhookConfigurations")

_CLIENTS = (
    (DESCRIBE_SLACK, "SlackChannelConfigurations", "Slack"),
    (LIST_TEAMS, "TeamChannelConfigurations", "Microsoft Teams"),
    (DESCRIBE_CHIME, "WebhookConfigurations", "Amazon Chime"),
)


@collector(DESCRIBE_SLACK, LIST_TEAMS, DESCRIBE_CHIME, vouches=True)
def chat_channels(reader: Reader) -> Iterator[ChatChannel]:
    """Every channel of every chat client that the account is connected with."""
    for read, member, client in _CLIENTS:
        for page in reader.pages(read, region=_REGION, MaxResults=100):
            for channel in page.get(member, ()):
                yield ChatChannel(
                    arn=channel["ChatConfigurationArn"],
                    client=client,
                    topic_arns=tuple(channel["SnsTopicArns"]),
                    enabled=channel.get("State", "ENABLED") == "ENABLED",
                )
