"""The room of notebook 06_softmax_cross_entropy."""
