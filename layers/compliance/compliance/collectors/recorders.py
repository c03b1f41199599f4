"""AWS Config in the region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.recorders import ConfigurationRecorder, DeliveryChannel
from compliance.registry import Read, collector

DESCRIBE_RECORDERS = Read("config", "DescribeConfigurationRecorders")
DESCRIBE_STATUS = Read("config", "DescribeConfigurationRecorderStatus")
DESCRIBE_CHANNELS = Read("config", "DescribeDeliveryChannels")
DESCRIBE_DELIVERY = Read("config", "DescribeDeliveryChannelStatus")


@collector(DESCRIBE_RECORDERS, DESCRIBE_STATUS)
def configuration_recorders(reader: Reader) -> Iterator[ConfigurationRecorder]:
    """Every recorder that the customer manages; a service-linked one serves its service alone."""
    recorders = (reader.call(DESCRIBE_RECORDERS) or {}).get("ConfigurationRecorders", ())
    if not recorders:
        return
    answer = reader.call(DESCRIBE_STATUS) or {}
    states = {state["name"]: state for state in answer.get("ConfigurationRecordersStatus", ())}
    for recorder in recorders:
        if "servicePrincipal" not in recorder:
            yield _recorder(reader, recorder, states.get(recorder["name"], {}))


def _recorder(
    reader: Reader, recorder: Mapping[str, Any], state: Mapping[str, Any]
) -> ConfigurationRecorder:
    where, name = reader.identity, recorder["name"]
    prefix = f"arn:{where.partition}:config:{where.region}:{where.account}"
    only_types, excluded_types = _types(recorder.get("recordingGroup", {}))
    return ConfigurationRecorder(
        arn=recorder.get("arn", f"{prefix}:config-recorder/{name}"),
        name=name,
        recording=state.get("recording", False),
        last_status=state.get("lastStatus", "").upper(),
        last_error=state.get("lastErrorMessage", "") or state.get("lastErrorCode", ""),
        only_types=only_types,
        excluded_types=excluded_types,
    )


def _types(group: Mapping[str, Any]) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The types that alone are recorded, and those that are not; without a group it is all.

    Source: https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html
    """
    listed = tuple(group.get("resourceTypes", ()))
    excluded = tuple(group.get("exclusionByResourceTypes", {}).get("resourceTypes", ()))
    strategy = group.get("recordingStrategy", {}).get("useOnly", "")
    if group.get("allSupported", not group) or strategy == "ALL_SUPPORTED_RESOURCE_TYPES":
        return None, ()
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES" or (not strategy and excluded):
        return None, excluded
    return listed, ()


@collector(DESCRIBE_CHANNELS, DESCRIBE_DELIVERY)
def delivery_channels(reader: Reader) -> Iterator[DeliveryChannel]:
    """Every delivery channel of the region, and how its last deliveries went."""
    channels = (reader.call(DESCRIBE_CHANNELS) or {}).get("DeliveryChannels", ())
    if not channels:
        return
    answer = reader.call(DESCRIBE_DELIVERY) or {}
    states = {state["name"]: state for state in answer.get("DeliveryChannelsStatus", ())}
    for channel in channels:
        failures = _failures(states.get(channel["name"], {}))
        yield DeliveryChannel(channel["name"], channel.get("s3BucketName", ""), failures)


def _failures(state: Mapping[str, Any]) -> dict[str, str]:
    last = {
        "history": state.get("configHistoryDeliveryInfo", {}),
        "snapshot": state.get("configSnapshotDeliveryInfo", {}),
        "stream": state.get("configStreamDeliveryInfo", {}),
    }
    return {
        what: delivery.get("lastErrorCode", "")
        for what, delivery in last.items()
        if delivery.get("lastStatus", "").upper() == "FAILURE"
    }
