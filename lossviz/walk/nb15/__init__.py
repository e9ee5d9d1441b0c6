"""The room of notebook 15_which_one_is_better."""
