"""SNS: moto confirms every subscription at once; on AWS the endpoint's owner has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, amends

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_TO_BE_CONFIRMED = frozenset({"email", "email-json", "http", "https"})
_PENDING = "PendingConfirmation"


class Sns(ServiceAnswers):
    """Subscriptions that nobody has confirmed yet."""

    service = "sns"

    def __init__(self, moto: MotoAccount) -> None:
        """Nothing pending."""
        super().__init__(moto)
        self._pending: dict[str, tuple[str, str]] = {}

    def confirm(self, topic_arn: str, endpoint: str | None = None) -> None:
        """The owners of a topic's endpoints, or of one, follow the link they were sent."""
        for arn, (topic, address) in list(self._pending.items()):
            if topic == topic_arn and endpoint in {None, address}:
                del self._pending[arn]

    @amends("Subscribe")
    def subscribe(self, request: AwsRequest, output: Output) -> Output:
        """The ARN is given away only if the caller asks for it."""
        if request["Protocol"] not in _TO_BE_CONFIRMED:
            return output
        self._pending[output["SubscriptionArn"]] = (request["TopicArn"], request["Endpoint"])
        if request.get("ReturnSubscriptionArn"):
            return output
        return {"SubscriptionArn": "pending confirmation"}

    @amends("ListSubscriptions", "ListSubscriptionsByTopic")
    def list_subscriptions(self, _: AwsRequest, output: Output) -> Output:
        """A pending one has no ARN yet."""
        for subscription in output["Subscriptions"]:
            if subscription["SubscriptionArn"] in self._pending:
                subscription["SubscriptionArn"] = _PENDING
        return output

    @amends("GetSubscriptionAttributes")
    def subscription_attributes(self, request: AwsRequest, output: Output) -> Output:
        """Who was given the ARN can ask whether it is confirmed."""
        pending = request["SubscriptionArn"] in self._pending
        output["Attributes"][_PENDING] = str(pending).lower()
        return output

    @amends("GetTopicAttributes")
    def topic_attributes(self, request: AwsRequest, output: Output) -> Output:
        """Moto counts no subscriptions at all, and shows the topics of every account to each."""
        if request["TopicArn"].split(":")[4] != self.moto.account_id:
            message = "Topic does not exist"
            raise ServiceError(message, code="NotFound", status=404)
        attributes = output["Attributes"]
        held = list(self.moto.backend("sns", request.region).subscriptions.values())
        arns = {each.arn for each in held if each.topic_arn == request["TopicArn"]}
        attributes["SubscriptionsPending"] = str(len(arns & self._pending.keys()))
        attributes["SubscriptionsConfirmed"] = str(len(arns - self._pending.keys()))
        return output
