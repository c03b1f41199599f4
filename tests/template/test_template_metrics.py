from deployed_template import ROOT, template
from metrics_read import metrics_read

TEMPLATE = template()
ENVIRONMENT, SECTION = frozenset({"Environment"}), frozenset({"Section"})
SEVERITY, FAMILY = frozenset({"Severity"}), frozenset({"Family"})

DESIGNED = {
    "ComplianceScore": {ENVIRONMENT, SECTION},
    "ComplianceCoverage": {ENVIRONMENT},
    "ItemsPassing": {ENVIRONMENT},
    "ItemsFailing": {ENVIRONMENT, SEVERITY},
    "ItemsUnknown": {ENVIRONMENT},
    "ItemsExcepted": {ENVIRONMENT},
    "DriftDetected": {ENVIRONMENT},
    "DriftRecovered": {ENVIRONMENT},
    "AttestationsExpiring": {ENVIRONMENT},
    "EvaluationDuration": {FAMILY},
    "EvaluationCompleted": {FAMILY},
    "ApiCalls": {FAMILY},
    "ApiThrottles": {FAMILY},
}


def test_dashboard_and_alarms_read_every_designed_metric_and_no_other() -> None:
    assert metrics_read(TEMPLATE) == DESIGNED


def test_the_dashboard_shows_the_errors_of_every_function() -> None:
    named = {p["FunctionName"]["Fn::Sub"] for p in TEMPLATE.functions.values()}
    assert _second_names("FunctionName") == {
        name.replace("${AWS::StackName}", "") for name in named
    }


def test_the_dashboard_shows_every_queue_that_nothing_empties() -> None:
    queues = TEMPLATE.of_type("AWS::SQS::Queue").items()
    named = {
        queue["QueueName"]["Fn::Sub"].replace("${AWS::StackName}", "")
        for name, queue in queues
        if not name.endswith("Queue")
    }
    assert _second_names("QueueName") == named


def test_the_custom_widget_is_the_widget_function() -> None:
    (custom,) = [w for w in TEMPLATE.dashboard()["widgets"] if w["type"] == "custom"]
    assert custom["properties"]["endpoint"] == "Widget.Arn"
    assert (ROOT / TEMPLATE.functions["Widget"]["CodeUri"]).name == "dashboard"


def test_no_widget_covers_another() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in TEMPLATE.dashboard()["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        assert all(x < 24 for x, _ in cells)
        taken |= cells


def _second_names(dimension: str) -> set[str]:
    """The last parts of all names that the dashboard reads by a dimension."""
    found = set()
    for widget in TEMPLATE.dashboard()["widgets"]:
        reads = False
        for row in widget["properties"].get("metrics", ()):
            names = [name for name in row if isinstance(name, str)]
            reads = reads if len(names) > 2 and names[2] == "." else dimension in names
            if reads:
                found.add(names[-1].removeprefix("AWS::StackName"))
    return found
