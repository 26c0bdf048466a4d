"""A person at a form, without a browser: messages of a front end go in, widget states come out."""

import json

import pytest


class Wire:
    """Stands where the front end is: keeps what a widget sends there."""

    comm_id = "x"

    def __init__(self):
        self.sent = []

    def on_msg(self, callback):
        pass

    def close(self, **_):
        pass

    def send(self, data=None, metadata=None, buffers=None):
        self.sent.append(data)


class Person:
    """Uses the form by its labels, through the messages that a front end sends."""

    def __init__(self, form):
        self.form = form
        self.root = form.widget

    def widgets(self):
        waiting = [self.root]
        for widget in waiting:
            waiting.extend(getattr(widget, "children", ()))
        return waiting

    def find(self, label):
        return next(widget for widget in self.widgets() if getattr(widget, "description", None) == label)

    def message(self, label, **data):
        self.find(label)._handle_msg({"content": {"data": data}, "buffers": []})

    def type(self, label, value):
        self.message(label, method="update", state={"value": value}, buffer_paths=[])

    def choose(self, label, index):
        self.message(label, method="update", state={"index": index}, buffer_paths=[])

    def enter(self, label):
        self.message(label, method="custom", content={"event": "submit"})

    def click(self, label):
        self.message(label, method="custom", content={"event": "click"})

    def state(self):
        """All that a notebook could save of the form."""
        return json.dumps([widget.get_state() for widget in self.widgets()], default=str)

    @property
    def message_shown(self):
        return next(w for w in self.root.children if type(w).__name__ == "StatusLine").value

    def is_shown(self, label):
        def contains(parent, wanted):
            if parent.layout.display == "none":
                return False
            return parent is wanted or any(contains(c, wanted) for c in getattr(parent, "children", ()))

        return contains(self.root, self.find(label))


@pytest.fixture
def person_at():
    """Call it with a form to get the person who uses it."""
    return Person


@pytest.fixture
def wire():
    """What a widget's `comm` can be replaced with to see what the kernel sends."""
    return Wire()
