"""The room of notebook 08_entropy_and_the_poll."""
