"""The only place that writes: the state, and the channels' own resources."""
