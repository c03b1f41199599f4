"""The commands by which people state, accept, take back and look up."""
