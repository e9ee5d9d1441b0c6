"""The room of notebook 09_kl_coin."""
