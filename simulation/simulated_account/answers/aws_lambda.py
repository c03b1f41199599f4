"""Lambda: moto forgets where a function logs, where its failures go and which key it uses."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends, notes

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_FORGOTTEN = ("LoggingConfig", "DeadLetterConfig", "KMSKeyArn")
# https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html names what a listing lacks.
_NOT_LISTED = (
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "RuntimeVersionConfig",
)


class Lambda(ServiceAnswers):
    """The configuration that moto forgets."""

    service = "lambda"

    def __init__(self, moto: MotoAccount) -> None:
        """Nothing to remember yet."""
        super().__init__(moto)
        self._remembered: dict[str, dict[str, Output]] = defaultdict(dict)

    def set_logging(self, region: str, function: str, config: Output) -> None:
        """The LoggingConfig of a function that was made behind the endpoint's back."""
        self._remembered[region].setdefault(function, {})["LoggingConfig"] = config

    @amends("CreateFunction", "UpdateFunctionConfiguration")
    def remember(self, request: AwsRequest, output: Output) -> Output:
        """A field that an update leaves out keeps its value; an empty one is unset."""
        known = self._remembered[request.region].setdefault(output["FunctionName"], {})
        known.update({key: request[key] for key in _FORGOTTEN if key in request.params})
        return self._complete(request.region, output)

    @notes("DeleteFunction")
    def forget(self, request: AwsRequest) -> None:
        """A function of the same name made later starts anew."""
        if "Qualifier" not in request.params:
            name = request["FunctionName"].rpartition(":")[2]
            self._remembered[request.region].pop(name, None)

    @amends("ListFunctions")
    def list_functions(self, request: AwsRequest, output: Output) -> Output:
        """Also without the states that a listing does not show."""
        for function in output["Functions"]:
            self._complete(request.region, function)
            for field in _NOT_LISTED:
                function.pop(field, None)
        return output

    @amends("GetFunctionConfiguration")
    def get_configuration(self, request: AwsRequest, output: Output) -> Output:
        """One function."""
        return self._complete(request.region, output)

    @amends("GetFunction")
    def get_function(self, request: AwsRequest, output: Output) -> Output:
        """One function, within its envelope."""
        self._complete(request.region, output["Configuration"])
        return output

    def _complete(self, region: str, function: Output) -> Output:
        name = function["FunctionName"]
        known = self._remembered[region].get(name, {})
        function["LoggingConfig"] = {
            "LogFormat": "Text",
            "LogGroup": f"/aws/lambda/{name}",
            **known.get("LoggingConfig", {}),
        }
        if known.get("DeadLetterConfig", {}).get("TargetArn"):
            function["DeadLetterConfig"] = known["DeadLetterConfig"]
        if known.get("KMSKeyArn"):
            function["KMSKeyArn"] = known["KMSKeyArn"]
        return function
