"""The room of notebook 07_many_outputs."""
