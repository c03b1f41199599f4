"""The user's own Markdown checklist: its boxes, the items they mean, and what is noted there."""
