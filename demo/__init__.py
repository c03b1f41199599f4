"""A simulated production that drifts and is repaired, watched by the real main job."""
