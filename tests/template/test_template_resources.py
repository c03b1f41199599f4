import re
from typing import Any

import pytest
from deployed_template import FAMILIES, ROOT, arn_of, template

from compliance.checklist import load_checklist

TEMPLATE = template()
ALARMS = TEMPLATE.of_type("AWS::CloudWatch::Alarm")
QUEUES = TEMPLATE.of_type("AWS::SQS::Queue")
TABLES = TEMPLATE.of_type("AWS::DynamoDB::Table")
TOPICS = TEMPLATE.of_type("AWS::SNS::Topic")
SCHEDULES = TEMPLATE.of_type("AWS::Scheduler::Schedule")
CHANNELS = ("Mail", "Machines", "Slack", "Events")

DAY = 24 * 60 * 60
SECONDS = {"rate(15 minutes)": 900, "rate(1 hour)": 3600, "rate(1 day)": DAY}


def test_the_families_are_those_of_the_checklist() -> None:
    assert set(FAMILIES) == {item.family for item in load_checklist().items.values()}


# --- names


def test_the_page_says_how_long_a_stack_s_name_may_be() -> None:
    names = [
        (_LONGEST[each["Type"]], str(given["Fn::Sub"]))
        for each in TEMPLATE.resources.values()
        for key, given in each.get("Properties", {}).items()
        if each["Type"] in _LONGEST and key in {"FunctionName", "Name", "QueueName"}
        if isinstance(given, dict) and "Fn::Sub" in given
    ]
    left = min(longest - len(name.replace("${AWS::StackName}", "")) for longest, name in names)
    page = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
    assert f"A stack's name may have {left} characters" in page


_LONGEST = {
    "AWS::Scheduler::Schedule": 64,
    "AWS::Serverless::Function": 64,
    "AWS::SQS::Queue": 80,
}
"""AWS's longest names, where they leave a stack's own less than the 128 that it may have."""


def test_a_schedule_is_named_for_what_it_starts_in_the_group_of_the_stack() -> None:
    assert {arn_of(each["GroupName"]) for each in SCHEDULES.values()} == {"ScheduleGroup"}
    assert {each["Name"] for each in SCHEDULES.values()} == {
        *(f"evaluate-{family}" for family in FAMILIES),
        "digest",
        "sweep",
    }


# --- encryption


@pytest.mark.parametrize("name", [*QUEUES, *TOPICS])
def test_queues_and_topics_are_encrypted_with_the_stack_s_key(name: str) -> None:
    assert arn_of(TEMPLATE.resources[name]["Properties"]["KmsMasterKeyId"]) == "Key"


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_encrypted_and_can_be_restored(name: str) -> None:
    table = TABLES[name]
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert arn_of(table["SSESpecification"]["KMSMasterKeyId"]) == "Key"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_key_rotates_and_outlives_the_stack_with_the_statements() -> None:
    assert TEMPLATE.resources["Key"]["Properties"]["EnableKeyRotation"] is True
    assert TEMPLATE.resources["Key"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert TEMPLATE.resources["Key"]["UpdateReplacePolicy"] == "Retain"


# --- tables


def test_statements_are_never_lost() -> None:
    resource = TEMPLATE.resources["StatementsTable"]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert resource["Properties"]["DeletionProtectionEnabled"] is True
    assert "TimeToLiveSpecification" not in resource["Properties"]


def test_what_a_stack_leaves_behind_is_in_the_way_of_no_other() -> None:
    kept = [name for name, each in TEMPLATE.resources.items() if _is_kept(each)]
    assert kept == ["Key", "StatementsTable"]
    assert "TableName" not in TABLES["StatementsTable"]


def test_a_rollback_deletes_nothing_that_refuses_to_be_deleted() -> None:
    protected = [name for name, table in TABLES.items() if table.get("DeletionProtectionEnabled")]
    assert {TEMPLATE.resources[name]["DeletionPolicy"] for name in protected} == {"Retain"}


def _is_kept(resource: dict[str, Any]) -> bool:
    return str(resource.get("DeletionPolicy")).startswith("Retain")


def test_the_state_s_stream_wakes_with_the_new_image() -> None:
    assert TABLES["StateTable"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


# --- queues


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_a_channel_cannot_send_rests_14_days_in_a_queue_of_its_own(channel: str) -> None:
    redrive = QUEUES[f"{channel}Queue"]["RedrivePolicy"]
    assert arn_of(redrive["deadLetterTargetArn"]) == f"{channel}DeadLetters"
    assert redrive["maxReceiveCount"] == 10
    assert QUEUES[f"{channel}DeadLetters"]["MessageRetentionPeriod"] == 14 * DAY


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_message_stays_hidden_until_its_function_must_have_ended(channel: str) -> None:
    hidden = QUEUES[f"{channel}Queue"]["VisibilityTimeout"]
    assert hidden >= 6 * TEMPLATE.functions[f"Deliver{channel}"]["Timeout"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_one_bad_message_returns_alone(channel: str) -> None:
    event = TEMPLATE.functions[f"Deliver{channel}"]["Events"]["Messages"]["Properties"]
    assert arn_of(event["Queue"]) == f"{channel}Queue"
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_queue_that_nothing_empties_raises_an_alarm_at_once() -> None:
    unattended = set(QUEUES) - {f"{channel}Queue" for channel in CHANNELS}
    watched = {
        arn_of(alarm["Dimensions"][0]["Value"]).removesuffix(".QueueName")
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    }
    assert watched == unattended


# --- the stream


def test_only_a_finished_run_wakes_notify_and_a_poisoned_one_is_handed_over() -> None:
    event = TEMPLATE.functions["Notify"]["Events"]["FinishedRuns"]["Properties"]
    assert event["BisectBatchOnFunctionError"] is True
    assert event["MaximumRetryAttempts"] > 0
    assert event["MaximumRecordAgeInSeconds"] < DAY
    assert arn_of(event["DestinationConfig"]["OnFailure"]["Destination"]) == "FailedWakeUps"


def test_a_stream_that_falls_behind_raises_an_alarm() -> None:
    assert [
        arn_of(alarm["Dimensions"][0]["Value"])
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "IteratorAge"
    ] == ["Notify"]


# --- alarms


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_tells_people(name: str) -> None:
    alarm = ALARMS[name]
    assert [arn_of(action) for action in alarm["AlarmActions"]] == ["AlertsTopic"]
    assert alarm["AlarmDescription"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_that_falls_silent_raises_an_alarm(family: str) -> None:
    alarm = _heartbeat(family)
    interval = SECONDS[SCHEDULES[f"Evaluate{family.title()}Schedule"]["ScheduleExpression"]]
    patience = alarm["Period"] * alarm["EvaluationPeriods"]
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert interval < patience <= 3 * interval
    assert patience <= 7 * DAY
    assert patience <= DAY or alarm["Period"] >= 3600


@pytest.mark.parametrize("family", FAMILIES)
def test_no_heartbeat_is_missed_where_nothing_is_scheduled(family: str) -> None:
    name = f"Evaluate{family.title()}Heartbeat"
    assert TEMPLATE.resources[name]["Condition"] == "RunsByItself"


def _heartbeat(family: str) -> dict[str, Any]:
    found = [
        alarm
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "EvaluationCompleted"
        and alarm["Dimensions"] == [{"Name": "Family", "Value": family}]
    ]
    assert len(found) == 1
    return found[0]


# --- schedules


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_starts_exactly_when_it_says_or_hands_over(name: str) -> None:
    schedule = SCHEDULES[name]
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert arn_of(schedule["Target"]["DeadLetterConfig"]["Arn"]) == "FailedSchedules"


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"SweepSchedule"}))
def test_nothing_evaluates_or_sums_up_by_itself_where_nothing_is_scheduled(name: str) -> None:
    assert SCHEDULES[name]["State"] == {"Fn::If": ["RunsByItself", "ENABLED", "DISABLED"]}


def test_what_is_held_is_told_wherever_the_monitor_runs() -> None:
    assert SCHEDULES["SweepSchedule"]["State"] == "ENABLED"


@pytest.mark.parametrize(
    ("family", "expression"),
    [
        ("monitoring", "rate(15 minutes)"),
        ("api", "rate(1 hour)"),
        ("data", "rate(1 hour)"),
        ("account", "rate(1 hour)"),
        ("cost", "rate(1 day)"),
        ("people", "rate(1 day)"),
    ],
)
def test_a_family_runs_as_often_as_designed(family: str, expression: str) -> None:
    schedule = SCHEDULES[f"Evaluate{family.title()}Schedule"]
    assert schedule["ScheduleExpression"] == expression
    assert arn_of(schedule["Target"]["Arn"]) == f"Evaluate{family.title()}"
    assert schedule["Target"]["Input"] == f'{{"families": ["{family}"]}}'


def test_the_sweep_runs_every_minute_so_that_what_was_collected_waits_two() -> None:
    schedule = SCHEDULES["SweepSchedule"]
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert arn_of(schedule["Target"]["Arn"]) == "Notify"
    assert schedule["Target"]["Input"] == '{"sweep": true}'


def test_the_day_is_summed_up_once_a_day() -> None:
    schedule = SCHEDULES["DigestSchedule"]
    assert schedule["ScheduleExpression"] == "cron(0 7 * * ? *)"
    assert arn_of(schedule["Target"]["Arn"]) == "Notify"
    assert schedule["Target"]["Input"] == '{"digest": true}'


def test_the_day_s_summary_asks_every_queue_that_nothing_empties() -> None:
    queues = TEMPLATE.variables("Notify")["DEAD_LETTER_QUEUES"]["Fn::If"][1]["Fn::Sub"]
    unattended = set(QUEUES) - {f"{channel}Queue" for channel in CHANNELS}
    assert set(re.findall(r"\$\{(\w+)\}", queues)) == unattended
