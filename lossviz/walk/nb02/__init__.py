"""The room of notebook 02_likelihood."""
