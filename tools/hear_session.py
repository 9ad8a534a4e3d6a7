"""Hear a session as a person does: played by the browser, with a real voice, and recorded.

    python tools/hear_session.py               an easy exercise of a minute
    python tools/hear_session.py knee_rolls    another one

It prints each tone and each sentence: when it was due, how much later it was heard, and how many
of its seconds were there. It ends with 1 where one is missing, cut, covered or out of time.
This is for Linux, with chromium, espeak-ng, pulseaudio, pulseaudio-utils, speech-dispatcher and
speech-dispatcher-espeak-ng of Debian's packages. It needs no sound device, and is silent itself.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from backcare_nb.course.names import UnknownName
from backcare_nb.custom.library import current_library
from backcare_nb.export.webpage import save_page
from backcare_nb.lesson.lesson import Lesson, LessonItem
from tools import browser as real
from tools.hearing import SAMPLE_RATE, listen

PROGRAMS = ("espeak-ng", "parec", "pulseaudio", "spd-say", "speech-dispatcher")
SYNTHESISE = ("espeak-ng", "-v", "en-us", "-s", "170", "--stdout")  # as the page is spoken
WAV_HEADER = 44  # bytes
PLAY = ("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1")
SPEAK = ("speech-dispatcher", "--run-single", "--timeout=0", "--communication-method=unix_socket")
RECORD = (
    *("parec", "--device=both.monitor", "--latency-msec=100"),
    *("--format=s16le", "--channels=2", f"--rate={SAMPLE_RATE}"),
)
SAMPLE_BYTES = 4  # of both channels
# The browser is heard, and its tones, from so large a buffer, do not stutter on a busy machine.
LAUNCH = {"ignore_default_args": ["--mute-audio"]}
FLAGS = ("--enable-speech-dispatcher", "--audio-buffer-size=4096")
PHONE = {"width": 390, "height": 844}  # half as much to paint as on a desk
RING_OUT_MS = 2000  # after the last words

# Tones and voice are the channels of one sink: the same clock is under both.
SOUND_SERVER = f"""
load-module module-null-sink sink_name=both rate={SAMPLE_RATE} channels=2
load-module module-remap-sink sink_name=tones master=both channels=1 channel_map=mono \
master_channel_map=front-left remix=no
load-module module-remap-sink sink_name=voice master=both channels=1 channel_map=mono \
master_channel_map=front-right remix=no
load-module module-native-protocol-unix auth-anonymous=1
"""
# With its usual buffer of 10 ms a voice stutters on a busy machine, whoever speaks with it.
SPEECH_SERVER = """
AddModule "espeak-ng" "sd_espeak-ng"
DefaultModule espeak-ng
AudioOutputMethod "pulse"
AudioPulseMinLength 500
"""


def missing() -> list[str]:
    """The programs that it takes and that are not on this machine."""
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return absent if real.find_browser() else ["chromium", *absent]


@contextmanager
def sound_and_voice(home: Path) -> Iterator[dict[str, str]]:
    """A sound server and a voice of our own; what a program needs in its environment to use them.

    RuntimeError where one of them does not start.
    """
    (home / "sound.pa").write_text(SOUND_SERVER, encoding="utf-8")
    (home / "speechd.conf").write_text(SPEECH_SERVER, encoding="utf-8")
    foreign = ("PULSE_", "SPEECHD_", "DBUS_", "XDG_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    environment |= {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "SPEECHD_ADDRESS": f"unix_socket:{home / 'voice'}",
    }
    play = [*PLAY, f"--file={home / 'sound.pa'}"]
    speak = [*SPEAK, f"--config-dir={home}", f"--log-dir={home}", f"--socket-path={home / 'voice'}"]
    speak.append(f"--pid-file={home / 'voice.pid'}")
    with (
        _server(play, environment, home / "pulse" / "native"),
        _server(speak, environment | {"PULSE_SINK": "voice"}, home / "voice"),
    ):
        # The first words of a voice may take longer than the player waits for them.
        first = ["spd-say", "--wait", "Ready."]
        subprocess.run(first, env=environment, check=True, timeout=real.PATIENCE)
        yield environment


@contextmanager
def _server(command: list[str], environment: dict[str, str], socket: Path) -> Iterator[None]:
    """Run a server while it is needed, from when its socket is there."""
    with tempfile.TemporaryFile("w+") as said:
        server = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            for _ in range(real.PATIENCE * 20):
                if socket.exists() or server.poll() is not None:
                    break
                time.sleep(0.05)
            if not socket.exists():
                said.seek(0)
                raise RuntimeError(f"{command[0]} did not start. It said:\n{said.read()}")
            yield
        finally:
            real.end(server)


def record(lesson: Lesson, home: Path) -> np.ndarray:
    """Play a lesson's page from Start to its end, and return what was heard, (samples, 2).

    The sound test is pressed before, as a careful person does: sound and voice are awake then.
    """
    session, recording = home / "session.html", home / "recording"
    save_page(lesson, session)
    with sound_and_voice(home) as environment, recording.open("wb") as file:
        recorder = subprocess.Popen(RECORD, env=environment, stdout=file)
        try:
            with (
                real.browser(
                    *FLAGS, **LAUNCH, env=environment | {"PULSE_SINK": "tones"}
                ) as chromium,
                real.new_page(chromium, viewport=PHONE) as page,
            ):
                page.goto(session.as_uri())
                page.wait_for_function("() => speechSynthesis.getVoices().length")
                page.get_by_role("button", name="Menu").click()
                page.get_by_role("button", name="Sound test").click()
                page.wait_for_function("() => speechSynthesis.speaking")
                page.wait_for_function("() => !speechSynthesis.speaking")
                page.wait_for_timeout(RING_OUT_MS)
                before = recording.stat().st_size // SAMPLE_BYTES * SAMPLE_BYTES
                page.get_by_role("button", name="Start", exact=True).click()
                page.wait_for_timeout(lesson.timeline.total + RING_OUT_MS)
        finally:
            real.end(recorder)
    return np.fromfile(recording, ("<i2", 2), offset=before)


def synthesise(sentence: str) -> np.ndarray:
    """A sentence by itself, as 16-bit samples."""
    wav = subprocess.run([*SYNTHESISE, sentence], capture_output=True, check=True).stdout
    return np.frombuffer(wav[WAV_HEADER:], "<i2")


def main(words: list[str] | None = None) -> int:
    """Print what was heard; 0 where it was all there, 1 where not."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("exercise", nargs="?", default="toe_dangle", help="such as knee_rolls")
    name = parser.parse_args(words).exercise
    try:
        exercise = current_library().exercise(name).version("easier")
    except UnknownName as error:
        parser.error(str(error))
    lesson = Lesson(exercise.title, (LessonItem(exercise, "easier"),))
    if any(phase.wait for phase in lesson.timeline.phases):
        parser.error(f"{name} waits on the way until somebody goes on: choose another exercise")
    if absent := missing():
        parser.error(f"this machine has no {', '.join(absent)}: --help names the packages")
    with suppress(PermissionError):  # where it may, it goes before whatever else this machine does
        os.nice(-10)
    with tempfile.TemporaryDirectory(prefix="hear-") as home:
        sounds = listen(record(lesson, Path(home)), lesson.timeline, synthesise)
    print(f"{lesson.timeline}\n    due   after         heard")
    print(*sounds, sep="\n")
    faults = sum(bool(sound.fault) for sound in sounds)
    print(f"{len(sounds)} tones and sentences, {faults} at fault")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
