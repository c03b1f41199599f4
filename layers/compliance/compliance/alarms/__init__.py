"""What an alarm watches, whom it wakes, and whether that is what the baseline demands."""
