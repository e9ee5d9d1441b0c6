"""What each notebook asks and derives, one module per notebook (``nb03`` for notebook 03)."""
