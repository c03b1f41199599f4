"""A team's own checklist, in words of its own: for the tests of what ticks it.

Behind each box, after ` => `, stands the item that it means, or `?` where it means none.
"""

from __future__ import annotations

_WRITTEN = """\
# Going live with the shop

Before anything else, read this page. It is kept by the platform people.

## Our account

1. [ ] The account number is the right one => environment.account-id
2. [ ] Development lives elsewhere => account.separate-from-development
3. [ ] The root user signs in with a second factor => account.root-mfa
4. [ ] People who sign in to the console have MFA => account.iam-users-mfa
5. [ ] API calls are audited by CloudTrail => account.cloudtrail
6. [ ] We have a coffee machine => ?

## Guarding the network

* [ ] Firewall in front of the API => security.waf
* [ ] Inbound rules open nothing but port 443 => security.security-groups
* [ ] Encryption keys are rotated every year => security.kms-rotation
* [ ] GuardDuty watches => security.guardduty
* [ ] The penguin is fed => ?

## Data

**DynamoDB:**

- [ ] PITR on all tables => dynamodb.point-in-time-recovery
- [ ] Tables encrypted with our KMS key => dynamodb.encryption
- [ ] Old sessions expire by time to live => dynamodb.ttl
- [ ] Autoscaling of provisioned tables => dynamodb.auto-scaling
- [ ] Rows are in alphabetical order => ?

**Redis cache:**

- [ ] Disk encryption => elasticache.rest-encryption
- [ ] TLS between clients and nodes => elasticache.transit-encryption
- [ ] Nightly snapshots => elasticache.automatic-backups
- [ ] Failover to another availability zone => elasticache.multi-az

## HTTP endpoints (API Gateway)

- Traffic
  - [ ] Throttle requests: rate and burst => rest-api.throttling
  - [ ] CORS only for our shop => rest-api.cors
- Names
  - [ ] Own domain name => rest-api.custom-domain
  - [ ] HTTPS certificate far from its expiry => rest-api.certificate
- [ ] Access logs => rest-api.logging

## WebSocket

- [ ] Own domain name => websocket-api.custom-domain
- [ ] Access logs => websocket-api.logging
- [ ] Idle connections are closed => websocket-api.idle-timeout

Lambda
------

+ [ ] Memory size as measured => lambda.memory
+ [ ] Timeouts of functions => lambda.timeout
+ [ ] Active tracing by X-Ray => lambda.tracing
+ [ ] Dead letters go to a queue => lambda-errors.dead-letter-queues
+ [ ] Retry attempts are limited => lambda-errors.retry-policies
+ [ ] Functions are written in Rust => ?

## Logs, metrics and alarms (CloudWatch)

- [ ] Logs are kept for 30 days => cloudwatch.log-retention
- [ ] Every alarm is in place => cloudwatch.alarms
- [ ] Someone confirmed the e-mail subscription => cloudwatch.email-subscriptions

## Getting data back

- [ ] Restore drill was held => backup.restore-tested
- [ ] Bucket versioning => backup.s3-versioning
- [ ] Recovery point objective agreed => disaster-recovery.rpo
- [ ] Recovery time objective agreed => disaster-recovery.rto

## Money

- [ ] Budget alarms => cost.budget-alerts
- [ ] Savings plan considered => cost.savings-plans
- [ ] Nobody pays for idle resources => cost.unused-resources

## Trying it out

- [ ] Load test => performance-testing.load
- [ ] Stress test up to the breaking point => performance-testing.stress
- [ ] Pentest report => security-testing.penetration
- [ ] Billing alarm fired once => alarm-verification.cost

## Papers

- [ ] Architecture diagram => technical-docs.architecture
- [ ] Runbooks => technical-docs.runbook
- [ ] Escalation path => operational-docs.escalation
- [ ] GDPR assessment => governance.gdpr
- [ ] Horoscope of the lead => ?

## Afterwards

- [ ] Support cases looked at => feedback.support-tickets
- [ ] Rollback rehearsed => rollback.tested
- [ ] PagerDuty as the pager => access.paging
- [ ] Slack alerts => access.chat-alerts
"""

_LINES = [line.partition(" => ") for line in _WRITTEN.splitlines()]

CHECKLIST = "".join(f"{line}\n" for line, _, _ in _LINES)
MEANT = [None if item == "?" else item for _, arrow, item in _LINES if arrow]
