"""Keeps a production checklist true: facts in, verdicts out, drift named."""
