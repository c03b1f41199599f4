"""Frozen records that collectors hand to checks: AWS's own nouns, units in the field names."""
