from collections.abc import Iterator
from typing import Any

import pytest

from compliance import registry
from compliance.registry import Read, collector


def test_a_read_needs_the_action_of_its_own_name_unless_told_otherwise() -> None:
    assert Read("logs", "DescribeLogGroups").action == "logs:DescribeLogGroups"
    assert Read("s3", "ListBuckets", ("s3:ListAllMyBuckets",)).action == "s3:ListAllMyBuckets"


def test_a_collector_declares_where_its_settings_come_from() -> None:
    with pytest.raises(ValueError, match=r"takes \['hours'\], is given \[\]"):

        @collector()
        def jobs(_: Any, *, hours: int) -> Iterator[int]:
            yield hours


_NOT_OF_AWS = {"probe_answers"}


def test_every_collector_declares_its_reads_with_actions() -> None:
    for each in registry.load().collectors.values():
        assert bool(each.reads) is (each.fact not in _NOT_OF_AWS), each.fact
        for read in each.reads:
            assert all(":" in action and "*" not in action for action in read.actions)


def test_every_operation_exists_in_botocore() -> None:
    import botocore.session  # noqa: PLC0415 -- only this test reads service models

    session = botocore.session.get_session()
    for each in registry.load().collectors.values():
        for read in each.reads:
            model = session.get_service_model(read.service)
            assert read.operation in model.operation_names


# What the services answer and their models do not name: S3 models hardly any error, SQS answers
# with the codes of the protocol that it had before.
_NOT_MODELLED = {
    "s3": {
        "NoSuchBucket",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "ReplicationConfigurationNotFoundError",
    },
    "sqs": {"AWS.SimpleQueueService.NonExistentQueue"},
}


def test_absent_codes_are_errors_of_the_service() -> None:
    """A code that the service never answers would be dead, and one misspelt would blind an item."""
    import botocore.session  # noqa: PLC0415 -- only this test reads service models

    session = botocore.session.get_session()
    for each in registry.load().collectors.values():
        for read in each.reads:
            model = session.get_service_model(read.service)
            known = {
                shape.error_code for shape in model.operation_model(read.operation).error_shapes
            }
            known |= {shape.name for shape in model.operation_model(read.operation).error_shapes}
            assert read.absent <= known | _NOT_MODELLED.get(read.service, set()), each.fact
