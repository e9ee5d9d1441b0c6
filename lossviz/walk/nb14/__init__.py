"""The room of notebook 14_the_next_token."""
