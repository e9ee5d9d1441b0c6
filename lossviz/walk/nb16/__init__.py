"""The room of notebook 16_what_nobody_saw."""
