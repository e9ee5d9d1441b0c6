"""The room of notebook 13_check_yourself."""
