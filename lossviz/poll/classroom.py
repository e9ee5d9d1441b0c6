"""A question on the page is put to the class: its poll opens beneath it, and the answer counts.

Nothing here draws or votes; the poll is `view`'s, the question `page.questions`'.
"""

from lossviz.page.questions import Asked, offer

from .view import PollView, poll


def ask_the_class() -> None:
    """For instructors: every question, shown already or later, gets a button that opens its poll.

    The class's answer is the question's when you say so, not at Show: what an answer earns stands
    beside it then, and a class that votes again shall not see it yet.
    """
    offer("Ask the class", opened)


def opened(asked: Asked) -> PollView:
    """The poll of a question on the page, with its explorer's picture if it has one."""
    view = poll(asked.question, asked.explorer)
    button = view.button(
        "Take as prediction", lambda: take(view, asked), "Let most of the class answer the question"
    )
    view.children = [*view.children, button]
    return view


def take(view: PollView, asked: Asked) -> None:
    """Answer the question as most of the class did in the newest round that is shown."""
    votes = view.newest()
    if votes is None:
        return view.say("Show the class's votes first.")
    most = max(votes.counts)
    if votes.counts.count(most) > 1:
        return view.say(f"{votes.name}: no option has the most votes. Let them vote again.")
    asked.take(votes.counts.index(most), "The class's answer")
    return view.say(f"{votes.name} counts as the prediction: {most} of {votes.total}.")
