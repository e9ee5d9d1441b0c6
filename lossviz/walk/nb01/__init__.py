"""The room of notebook 01_what_a_loss_measures."""
