"""Chat clients, of which moto has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_REGIONS = frozenset({"ap-southeast-1", "eu-west-1", "us-east-2", "us-west-2"})


class Chatbot(ServiceAnswers):
    """The channels of the three chat clients: global, and asked for in a few regions."""

    service = "chatbot"

    def __init__(self, moto: MotoAccount) -> None:
        """Without channels."""
        super().__init__(moto)
        self._slack: list[Output] = []
        self._teams: list[Output] = []
        self._chime: list[Output] = []

    def add_slack(self, name: str, topic_arns: list[str], *, enabled: bool = True) -> str:
        """Connects a Slack channel with topics; its ARN."""
        channel = self._configuration("slack-channel", name, topic_arns, enabled=enabled)
        self._slack.append(
            {
                "SlackTeamName": "OmniTrack",
                "SlackTeamId": "T0OMNITRACK",
                "SlackChannelId": "C0ALERTS",
                "SlackChannelName": name,
                "ConfigurationName": name,
                **channel,
            }
        )
        return str(channel["ChatConfigurationArn"])

    def add_teams(self, name: str, topic_arns: list[str], *, enabled: bool = True) -> str:
        """Connects a channel of Microsoft Teams with topics; its ARN."""
        team = "0a1b2c3d-0000-4000-8000-000000000000"
        channel = self._configuration("microsoft-teams-channel", name, topic_arns, enabled=enabled)
        self._teams.append(
            {"ChannelId": "19%3aalerts", "TeamId": team, "TenantId": team, **channel}
        )
        return str(channel["ChatConfigurationArn"])

    def add_chime(self, name: str, topic_arns: list[str]) -> str:
        """Connects a webhook of Amazon Chime with topics; its ARN. AWS gives no state here."""
        channel = self._configuration("chime-webhook", name, topic_arns, enabled=True)
        del channel["State"]
        self._chime.append({"WebhookDescription": name, **channel})
        return str(channel["ChatConfigurationArn"])

    def clear(self) -> None:
        """No channels any more."""
        for channels in (self._slack, self._teams, self._chime):
            channels.clear()

    @answers("DescribeSlackChannelConfigurations")
    def slack(self, request: AwsRequest) -> Output:
        """Every Slack channel."""
        return {"SlackChannelConfigurations": self._found(request, self._slack)}

    @answers("ListMicrosoftTeamsChannelConfigurations")
    def teams(self, request: AwsRequest) -> Output:
        """Every channel of Microsoft Teams."""
        return {"TeamChannelConfigurations": self._found(request, self._teams)}

    @answers("DescribeChimeWebhookConfigurations")
    def chime(self, request: AwsRequest) -> Output:
        """Every webhook of Amazon Chime."""
        return {"WebhookConfigurations": self._found(request, self._chime)}

    def _found(self, request: AwsRequest, channels: list[Output]) -> list[Output]:
        if request.region not in _REGIONS:
            message = f"there is no endpoint in {request.region}"
            raise ServiceError(message, code="InvalidRequestException")
        return list(channels)

    def _configuration(
        self, kind: str, name: str, topic_arns: list[str], *, enabled: bool
    ) -> Output:
        account = self.moto.account_id
        return {
            "ChatConfigurationArn": f"arn:aws:chatbot::{account}:chat-configuration/{kind}/{name}",
            "IamRoleArn": f"arn:aws:iam::{account}:role/omnitrack-chat",
            "SnsTopicArns": topic_arns,
            "State": "ENABLED" if enabled else "DISABLED",
        }
