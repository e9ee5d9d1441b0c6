"""The live class poll: phones vote, the instructor shows the bars.

``python -m lossviz.poll`` is the server, a process of its own, so that a busy or restarted kernel
never stops a vote. ``from lossviz.poll import poll`` is the notebook's view of it.

=============  ==================================================================
``questions``  what a poll asks: one TOML file each, in ``polls/``
``bank``       every question of the walk as a poll, by its name
``store``      the votes on disk: SQLite, one thread that writes
``web``        HTTP: the voters' page, their votes, the presenter's calls
``room``       the poll as it stands, in memory
``lobby``      which rooms a server has, and who presents: one, or one for each of a hub's users
``server``     the process: command line, sockets, start and end
``static/``    the voters' page itself
``desk``       starts, finds, asks and stops a server from another process
``watch``      follows a running server for all views of it in this kernel
``network``    where phones can reach this computer, and whether they can
``view``       the notebook's widget: the question, three ways to vote, the results
``phones``     the vote by phones: buttons, QR code, address
``hands``      votes without phones: counted hands, a simulated class
``classroom``  a question on the page put to the class; its answer counts there
``hour``       the class's misconceptions over all questions of a day
``causes``     what to say of a failure
=============  ==================================================================

Nothing here is imported until it is asked for.
"""

from importlib import import_module

__all__ = ["ask_the_class", "poll"]


def __getattr__(name):
    if name in __all__:
        home = "view" if name == "poll" else "classroom"
        return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
