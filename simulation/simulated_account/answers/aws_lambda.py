"""Lambda: moto forgets what a function is set up with, and knows no provisioned concurrency."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends, answers, notes, now

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_FORGOTTEN = ("LoggingConfig", "DeadLetterConfig", "KMSKeyArn", "TracingConfig")
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
        self.warm: dict[str, dict[tuple[str, str], Output]] = defaultdict(dict)

    def set_logging(self, region: str, function: str, config: Output) -> None:
        """The LoggingConfig of a function that was made behind the endpoint's back."""
        self._remembered[region].setdefault(function, {})["LoggingConfig"] = config

    def break_environment(self, region: str, function: str) -> None:
        """The variables of a function can no longer be decrypted."""
        self._remembered[region].setdefault(function, {})["Broken"] = {
            "ErrorCode": "AccessDeniedException",
            "Message": "Lambda was unable to decrypt your environment variables.",
        }

    def set_state(self, region: str, function: str, state: str, reason: str) -> None:
        """The state of a function, which a listing does not show."""
        known = self._remembered[region].setdefault(function, {})
        known["State"] = {"State": state, "StateReason": reason}

    @answers("PutProvisionedConcurrencyConfig")
    def keep_warm(self, request: AwsRequest) -> Output:
        """All instances are ready at once."""
        asked = request["ProvisionedConcurrentExecutions"]
        state = {
            "RequestedProvisionedConcurrentExecutions": asked,
            "AvailableProvisionedConcurrentExecutions": asked,
            "AllocatedProvisionedConcurrentExecutions": asked,
            "Status": "READY",
            "LastModified": f"{now():%FT%T}+0000",
        }
        self.warm[request.region][request["FunctionName"], request["Qualifier"]] = state
        return state

    @answers("ListProvisionedConcurrencyConfigs")
    def list_warm(self, request: AwsRequest) -> Output:
        """Those of all versions and aliases of a function."""
        name = request["FunctionName"]
        arn = f"arn:aws:lambda:{request.region}:{self.moto.account_id}:function:{name}"
        return {
            "ProvisionedConcurrencyConfigs": [
                {"FunctionArn": f"{arn}:{qualifier}", **state}
                for (function, qualifier), state in self.warm[request.region].items()
                if function == name
            ]
        }

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
        for field in ("KMSKeyArn", "TracingConfig"):
            if known.get(field):
                function[field] = known[field]
        if "Broken" in known:
            function["Environment"] = {"Error": known["Broken"]}
        function.update(known.get("State", {}))
        return function
