"""The room of notebook 04_mean_median_quantiles."""
