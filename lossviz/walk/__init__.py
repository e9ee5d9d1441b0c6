"""The walk: one room per notebook, each with its pictures (`scenes`) and what is worked through
(`lesson`).

A room never imports another. What all rooms hold (their review questions) is asked of each here.
"""

from importlib import import_module

# The notebooks in their order; each one's room is `nb` and its number.
NOTEBOOKS = (
    "00_start_here",
    "01_what_a_loss_measures",
    "02_likelihood",
    "03_mse_from_the_normal",
    "04_mean_median_quantiles",
    "05_binary_cross_entropy",
    "06_softmax_cross_entropy",
    "07_many_outputs",
    "08_entropy_and_the_poll",
    "09_kl_coin",
    "10_dirac_delta_and_the_empirical_distribution",
    "11_beyond_the_recipe",
    "12_style_transfer",
    "13_check_yourself",
    "14_the_next_token",
    "15_which_one_is_better",
    "16_what_nobody_saw",
)


def lesson(notebook: str):
    """The lesson of a notebook, by its name or number."""
    return import_module(f"{__name__}.nb{notebook[:2]}.lesson")


def reviews(first: str, last: str) -> dict:
    """The review questions of the notebooks from number `first` to `last`, by notebook."""
    return {name: lesson(name).review for name in NOTEBOOKS if first <= name[:2] <= last}
