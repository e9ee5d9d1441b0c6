"""The room of notebook 12_style_transfer."""
