"""How to tell: pure functions from facts to verdicts, a module a section."""
