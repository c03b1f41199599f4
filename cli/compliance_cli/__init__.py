"""The `compliance` command: the checklist on a person's terminal, read-only."""
