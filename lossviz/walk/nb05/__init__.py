"""The room of notebook 05_binary_cross_entropy."""
