"""ElastiCache: moto's groups have no clusters, its snapshots no time, and nothing is serverless."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from simulated_account.answers.service import (
    Output,
    ServiceAnswers,
    ServiceError,
    amends,
    answers,
    notes,
    now,
)

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_AUTOMATED = "automated"
_DEFAULT_WINDOW = "sun:05:00-sun:06:00"


class ElastiCache(ServiceAnswers):
    """Members of groups, snapshots with their times, serverless caches."""

    service = "elasticache"

    def __init__(self, moto: MotoAccount) -> None:
        """Without any."""
        super().__init__(moto)
        self._taken: dict[tuple[str, str], datetime] = {}
        self._automatic: dict[str, list[Output]] = defaultdict(list)
        self._serverless: dict[str, dict[str, Output]] = defaultdict(dict)
        self._serverless_snapshots: dict[str, list[Output]] = defaultdict(list)

    def date_group(self, region: str, group: str, created: datetime) -> None:
        """A replication group made long ago, and its members with it."""
        held = self.moto.backend(self.service, region).replication_groups[group]
        held.replication_group_create_time = created

    def date_cluster(self, region: str, cluster: str, created: datetime) -> None:
        """A cluster made long ago."""
        held = self.moto.backend(self.service, region).cache_clusters[cluster]
        held.cache_cluster_create_time = created

    def date_serverless_cache(self, region: str, cache: str, created: datetime) -> None:
        """A serverless cache made long ago."""
        self._serverless[region][cache]["CreateTime"] = created

    def add_automatic_snapshot(
        self, region: str, cluster: str, *shards: datetime, group: str | None = None
    ) -> None:
        """A snapshot of the nightly kind, each shard copied at its own time.

        That of a group in cluster mode names the group, every other one only the cluster.
        """
        name = f"automatic.{group or cluster}-{shards[0]:%Y-%m-%d-%H-%M}"
        self._automatic[region].append(
            {
                "SnapshotName": name,
                **({"ReplicationGroupId": group} if group else {"CacheClusterId": cluster}),
                "SnapshotStatus": "available",
                "SnapshotSource": _AUTOMATED,
                "NodeSnapshots": [
                    {"CacheClusterId": cluster, "CacheNodeId": "0001", "SnapshotCreateTime": at}
                    for at in shards
                ],
                "ARN": self._arn(region, "snapshot", name),
            }
        )

    def add_serverless_snapshot(
        self, region: str, cache: str, taken: datetime, *, kind: str = _AUTOMATED
    ) -> None:
        """A snapshot of a serverless cache."""
        name = f"{cache}-{taken:%Y-%m-%d-%H-%M}"
        self._serverless_snapshots[region].append(
            {
                "ServerlessCacheSnapshotName": name,
                "ARN": self._arn(region, "serverlesscachesnapshot", name),
                "SnapshotType": kind,
                "Status": "available",
                "CreateTime": taken,
                "ServerlessCacheConfiguration": {"ServerlessCacheName": cache},
            }
        )

    @amends("DescribeReplicationGroups")
    def describe_groups(self, _: AwsRequest, output: Output) -> Output:
        """Groups that encrypt say in which mode."""
        for group in output["ReplicationGroups"]:
            if group.get("TransitEncryptionEnabled"):
                group["TransitEncryptionMode"] = group.get("TransitEncryptionMode") or "required"
        return output

    @amends("DescribeCacheClusters")
    def describe_clusters(self, request: AwsRequest, output: Output) -> Output:
        """With the members of replication groups, unless the caller leaves them out."""
        if request.get("CacheClusterId") or request.get("ShowCacheClustersNotInReplicationGroups"):
            return output
        groups = self.moto.backend(self.service, request.region).replication_groups
        output["CacheClusters"] += [
            self._member(request.region, group, cluster)
            for group in list(groups.values())
            for cluster in group.member_clusters
        ]
        return output

    @notes("CreateSnapshot")
    def create_snapshot(self, request: AwsRequest) -> None:
        """Taken now."""
        self._taken[request.region, request["SnapshotName"]] = now()

    @amends("DescribeSnapshots")
    def describe_snapshots(self, request: AwsRequest, output: Output) -> Output:
        """Moto's own are those taken by hand; they tell no time."""
        for snapshot in output["Snapshots"]:
            taken = self._taken[request.region, snapshot["SnapshotName"]]
            snapshot["NodeSnapshots"] = [{"SnapshotCreateTime": taken}]
        output["Snapshots"] += [
            snapshot
            for snapshot in list(self._automatic[request.region])
            if request.get("SnapshotSource") in {None, "system"}
            and all(
                request.get(name) in {None, snapshot.get(name)}
                for name in ("ReplicationGroupId", "CacheClusterId", "SnapshotName")
            )
        ]
        return output

    @answers("CreateServerlessCache")
    def create_serverless_cache(self, request: AwsRequest) -> Output:
        """Available at once."""
        name = request["ServerlessCacheName"]
        if name in self._serverless[request.region]:
            message = f"Serverless cache {name} already exists."
            raise ServiceError(message, code="ServerlessCacheAlreadyExistsFault")
        cache: Output = {
            "ServerlessCacheName": name,
            "Description": request.get("Description", ""),
            "CreateTime": now(),
            "Status": "available",
            "Engine": request["Engine"],
            "ARN": self._arn(request.region, "serverlesscache", name),
            "SecurityGroupIds": request.get("SecurityGroupIds", []),
            "SubnetIds": request.get("SubnetIds", []),
            "SnapshotRetentionLimit": request.get("SnapshotRetentionLimit", 0),
        }
        self._serverless[request.region][name] = cache
        return {"ServerlessCache": cache}

    @answers("DescribeServerlessCaches")
    def describe_serverless_caches(self, request: AwsRequest) -> Output:
        """All, or the one that is named."""
        return {"ServerlessCaches": self._named(request, self._serverless[request.region])}

    @answers("DescribeServerlessCacheSnapshots")
    def describe_serverless_snapshots(self, request: AwsRequest) -> Output:
        """All, or those of one cache."""
        wanted = request.get("ServerlessCacheName")
        return {
            "ServerlessCacheSnapshots": [
                snapshot
                for snapshot in list(self._serverless_snapshots[request.region])
                if wanted in {None, snapshot["ServerlessCacheConfiguration"]["ServerlessCacheName"]}
            ]
        }

    def _named(self, request: AwsRequest, caches: dict[str, Output]) -> list[Output]:
        name = request.get("ServerlessCacheName")
        if name is None:
            return list(caches.values())
        if name not in caches:
            message = f"Serverless cache {name} not found."
            raise ServiceError(message, code="ServerlessCacheNotFoundFault", status=404)
        return [caches[name]]

    def _member(self, region: str, group: Any, cluster: str) -> Output:
        return {
            "CacheClusterId": cluster,
            "CacheClusterStatus": "available",
            "CacheClusterCreateTime": group.replication_group_create_time,
            "Engine": group.engine,
            "NumCacheNodes": 1,
            "PreferredMaintenanceWindow": group.preferred_maintenance_window or _DEFAULT_WINDOW,
            "CacheSubnetGroupName": group.cache_subnet_group_name or "default",
            "ReplicationGroupId": group.replication_group_id,
            "SnapshotRetentionLimit": 0,
            "TransitEncryptionEnabled": group.transit_encryption_enabled,
            "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
            "ARN": self._arn(region, "cluster", cluster),
        }

    def _arn(self, region: str, kind: str, name: str) -> str:
        return f"arn:aws:elasticache:{region}:{self.moto.account_id}:{kind}:{name}"
