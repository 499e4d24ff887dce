"""Execution of fixture pairs, and of a user's own: the only part that runs anybody's code."""


class VerificationError(Exception):
    """What was asked for cannot be executed; the message is one line for the user."""
