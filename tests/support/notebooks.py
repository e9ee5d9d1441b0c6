"""Little notebooks for tests that need one of their own."""

EXPLORE = """
import numpy as np
from lossviz import Slider, explore, scene
from lossviz.walk.nb02 import lesson as nb02

@scene(sigma=Slider(0.5, 3.0, 0.1, 1.0, "σ"), shows={"sigma": 0.5})
def bell(fig):
    "A normal density."
    ax = fig.subplots()
    grid = np.linspace(-6, 6, 400)
    (curve,) = ax.plot(grid, np.exp(-(grid**2) / 2))
    def update(sigma):
        curve.set_ydata(np.exp(-(grid**2) / 2 / sigma**2) / sigma)
        return f'σ = {sigma:.1f} < 9 & "so on": the peak is {1 / sigma:.3f} high.'
    return update
explore(bell, question=nb02.recall[0])
"""
# A block of each kind, a cell each.
LITTLE = (
    EXPLORE,
    "from lossviz import step\nstep(nb02.best_mu)",
    "from lossviz import ask\nask(nb02.recall[1])",
    "from lossviz import check\ndef nll(y, mu, sigma):\n    ...\ncheck(nll, nb02.normal_nll)",
    "from lossviz import review\nr = review({'02': nb02.recall})\nr",
    "from lossviz import reflect\nfrom lossviz.walk.nb13.lesson import open_questions as o\n"
    "reflect(o[0])",
    "from lossviz import export\nexport(r)",
    "from lossviz.poll import poll\npoll()",
    "from lossviz import present\npresent(False)",
)
SAID = (
    'σ = 1.0 < 9 & "so on": the peak is 1.000 high.',
    "With σ = 0.5:",
    'σ = 0.5 < 9 & "so on": the peak is 2.000 high.',
    "A saved picture. In Jupyter, Run → Run All Cells makes it live.",
    "Not attempted yet.",
    "one at a time. The first:",
    "Which term is dropped",
    "my-answers.csv",
    "Class poll",
    "Not presenting",
)
