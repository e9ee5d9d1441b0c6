"""The room of notebook 03_mse_from_the_normal."""
