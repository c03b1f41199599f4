"""EC2: moto draws the ids of security groups, so that nobody could name one beforehand."""

from __future__ import annotations

from simulated_account.answers.service import ServiceAnswers


class Ec2(ServiceAnswers):
    """The ids of security groups."""

    service = "ec2"

    def name_group(self, region: str, group_id: str, known_as: str) -> None:
        """A security group without rules of its own by the id that it is known to have."""
        backend = self.moto.backend("ec2", region)
        groups = next(groups for groups in backend.groups.values() if group_id in groups)
        group = groups.pop(group_id)
        group.id = group.group_id = known_as
        group.arn = group.arn.replace(group_id, known_as)
        for rule in group.egress_rules:
            rule.group_id = known_as
        groups[known_as] = group
