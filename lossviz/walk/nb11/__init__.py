"""The room of notebook 11_beyond_the_recipe."""
