"""CloudWatch Logs: moto knows one class of log groups and ignores filters by class or pattern."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends, notes

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class Logs(ServiceAnswers):
    """The classes of log groups."""

    service = "logs"

    def __init__(self, moto: MotoAccount) -> None:
        """Every group is STANDARD unless it was made otherwise."""
        super().__init__(moto)
        self._classes: dict[str, dict[str, str]] = defaultdict(dict)

    @notes("CreateLogGroup")
    def remember_class(self, request: AwsRequest) -> None:
        """The class never changes after creation."""
        if "logGroupClass" in request.params:
            self._classes[request.region][request["logGroupName"]] = request["logGroupClass"]

    @notes("DeleteLogGroup")
    def forget_class(self, request: AwsRequest) -> None:
        """A group of the same name made later may be of another class."""
        self._classes[request.region].pop(request["logGroupName"], None)

    @amends("DescribeLogGroups")
    def describe(self, request: AwsRequest, output: Output) -> Output:
        """With the class; the filters that moto ignores are applied."""
        classes = self._classes[request.region]
        wanted_class, pattern = request.get("logGroupClass"), request.get("logGroupNamePattern")
        names = request.get("logGroupIdentifiers")
        kept = []
        for group in output["logGroups"]:
            name = group["logGroupName"]
            group["logGroupClass"] = classes.get(name, "STANDARD")
            if (
                wanted_class in {None, group["logGroupClass"]}
                and (pattern is None or pattern.lower() in name.lower())
                and (names is None or name in names or group.get("logGroupArn") in names)
            ):
                kept.append(group)
        return {**output, "logGroups": kept}
