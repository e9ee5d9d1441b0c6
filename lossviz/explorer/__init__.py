"""The live picture: a scene, its stage, its sliders, and the frames drawn ahead of the hand."""
