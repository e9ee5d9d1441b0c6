"""The kit: what an instructor needs, made from the lessons and the notebooks.

``python -m lossviz.kit --out kit`` writes a question bank, a key, handouts, slides, the table of
objectives and graded assignments; ``--restore 03`` puts back the original of a notebook. Nothing
imports this room. It needs what ``pip install "lossviz[kit]"`` brings, and nbconvert, which
JupyterLab brings.
"""
