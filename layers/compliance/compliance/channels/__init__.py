"""What each channel is sent: a message in, the channel's own shape out, within its limits. Pure.

Whoever may create a resource chooses its name, so no text of a message is trusted: it is shown, and
never obeyed by a terminal, a mail reader or Slack.
"""
