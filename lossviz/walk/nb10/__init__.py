"""The room of notebook 10_dirac_delta_and_the_empirical_distribution."""
