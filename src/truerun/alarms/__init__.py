"""Alarms of Alertmanager, of which some have the model trained anew."""
