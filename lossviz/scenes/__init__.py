"""The scenes of the notebooks, one module per notebook (``nb02`` for notebook 02)."""
