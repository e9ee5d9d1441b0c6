"""What several test modules share: the rules of a notebook, a driven kernel, a real JupyterLab."""
