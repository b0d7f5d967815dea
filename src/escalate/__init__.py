"""Incident response and escalation from the terminal, for people who answer when somebody may be harmed."""

__version__ = "0.1.0"
