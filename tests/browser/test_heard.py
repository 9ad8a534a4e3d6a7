"""A session as it is heard: by a real voice, through a sound server, in a browser of its own."""

import subprocess
import sys

from tests.browser.needs import need
from tools import hear_session


def test_every_tone_and_sentence_of_a_session_is_heard_whole_and_when_it_is_due():
    need(not hear_session.missing(), " and no ".join(hear_session.missing()))
    # In a process of its own: the browser of the other tests may be open in this one.
    done = subprocess.run([sys.executable, hear_session.__file__], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
