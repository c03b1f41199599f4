"""The only place that reads the account: one collector a fact, its reads declared beside it."""
