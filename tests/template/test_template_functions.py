import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployed_template import FAMILIES, ROOT, arn_of, template

TEMPLATE = template()
FUNCTIONS = TEMPLATE.functions
SOURCES = sorted({properties["CodeUri"] for properties in FUNCTIONS.values()})


@pytest.fixture(params=FUNCTIONS)
def function(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_it_runs_where_the_layers_are_built_for(function: str) -> None:
    properties = FUNCTIONS[function]
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["x86_64"]
    assert [arn_of(layer) for layer in properties["Layers"]] == [
        "ComplianceLayer",
        "DependenciesLayer",
    ]


def test_it_is_traced(function: str) -> None:
    assert FUNCTIONS[function]["Tracing"] == "Active"


def test_its_own_log_group_keeps_30_days(function: str) -> None:
    group = arn_of(FUNCTIONS[function]["LoggingConfig"]["LogGroup"])
    properties = TEMPLATE.resources[group]["Properties"]
    assert properties["RetentionInDays"] == 30
    assert arn_of(properties["LogGroupName"]) == f"/aws/lambda/{_name(function)}"


def test_what_fails_is_handed_over(function: str) -> None:
    config = FUNCTIONS[function]["EventInvokeConfig"]
    queue = arn_of(config["DestinationConfig"]["OnFailure"]["Destination"])
    assert queue in TEMPLATE.of_type("AWS::SQS::Queue")
    assert config["MaximumRetryAttempts"] <= 1
    assert any(
        grant.action == "sqs:SendMessage" and grant.resource == queue
        for grant in TEMPLATE.grants(TEMPLATE.role_of(function))
    )


def test_its_role_is_no_other_function_s(function: str) -> None:
    role = TEMPLATE.role_of(function)
    assert [name for name in FUNCTIONS if TEMPLATE.role_of(name) == role] == [function]


def test_its_errors_raise_an_alarm(function: str) -> None:
    alarms = [
        alarm
        for alarm in TEMPLATE.of_type("AWS::CloudWatch::Alarm").values()
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Errors")
        and arn_of(alarm["Dimensions"][0]["Value"]) == function
    ]
    assert len(alarms) == 1
    assert alarms[0]["Threshold"] == 1


def test_it_lives_and_goes_with_all_that_belongs_to_it(function: str) -> None:
    condition = TEMPLATE.resources[function].get("Condition")
    belonging = [
        TEMPLATE.role_of(function),
        arn_of(FUNCTIONS[function]["LoggingConfig"]["LogGroup"]),
        f"{function}Errors",
    ]
    assert {TEMPLATE.resources[name].get("Condition") for name in belonging} == {condition}


def test_a_local_run_can_point_it_anywhere(function: str) -> None:
    assert TEMPLATE.variables(function)["AWS_ENDPOINT_URL"] == ""


def test_every_variable_that_its_code_needs_is_declared(function: str) -> None:
    needed = set(_environment_of(ROOT / FUNCTIONS[function]["CodeUri"]))
    declared = set(TEMPLATE.variables(function))
    missing = needed - declared - _NEEDED_BY_SOME_CHANNELS - _GIVEN_BY_LAMBDA
    assert missing == set()


# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_GIVEN_BY_LAMBDA = {"AWS_REGION"}
_NEEDED_BY_SOME_CHANNELS = {"EVENT_BUS", "SLACK_SECRET", "TOPIC_ARN"}


@pytest.mark.parametrize(
    ("channel", "variable"),
    [
        ("mail", "TOPIC_ARN"),
        ("machines", "TOPIC_ARN"),
        ("slack", "SLACK_SECRET"),
        ("events", "EVENT_BUS"),
    ],
)
def test_every_channel_knows_whom_it_tells(channel: str, variable: str) -> None:
    assert TEMPLATE.variables(f"Deliver{channel.title()}").keys() & _NEEDED_BY_SOME_CHANNELS == {
        variable
    }


@pytest.mark.parametrize("source", SOURCES)
def test_every_folder_of_functions_is_deployed(source: str) -> None:
    assert (ROOT / source / "app.py").is_file()


def test_every_function_is_of_a_folder_that_exists() -> None:
    folders = {f"functions/{path.parent.name}" for path in ROOT.glob("functions/*/app.py")}
    assert folders == set(SOURCES)


def test_every_family_has_its_function() -> None:
    evaluating = {
        TEMPLATE.variables(name)["FAMILY"]
        for name, properties in FUNCTIONS.items()
        if properties["CodeUri"] == "functions/evaluate"
    }
    assert evaluating == set(FAMILIES)


def _name(function: str) -> str:
    return str(FUNCTIONS[function]["FunctionName"]["Fn::Sub"])


def _environment_of(folder: Path) -> Iterator[str]:
    """The variables that the sources of a folder cannot do without: `os.environ["NAME"]`."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Subscript(
                    value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))
                ):
                    yield name
