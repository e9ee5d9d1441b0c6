"""In JupyterLab in Chromium, hands move every control of these notebooks; nothing goes wrong."""

from support.browser_layer import browser_test

test_the_notebook_answers_hands = browser_test(6)
