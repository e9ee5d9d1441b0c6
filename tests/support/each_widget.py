"""The cells of a notebook that holds each of our widgets once."""

CELLS = (
    "from lossviz import ask, check, data, explore, spot, step\n"
    "from lossviz.walk.nb02 import lesson as nb02\n"
    "from lossviz.walk.nb02 import scenes\n"
    "y = data.load('galton_heights').child_in[:8]",
    "explore(scenes.normal_likelihood, y, question=nb02.predict_narrow)",
    "step(nb02.best_mu)",
    'spot(nb02.density, "sigma not squared")',
    "ask(nb02.recall[0])",
    "def nll(y, mu, sigma):\n    return 0.0\n\ncheck(nll, nb02.normal_nll)",
)
