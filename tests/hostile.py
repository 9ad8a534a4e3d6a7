"""Files spoiled by chance and on purpose, made from the shipped ones: the same for the same seed.

What reads them may refuse them with a report (DataError), and nothing else: no other exception, no
endless work, no file written, no program started, no line of the file in a page as markup.
"""

import os
import random
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from backcare_nb.body.skeleton import Body, BodyTable
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.library import shipped_library
from backcare_nb.course.models import Safety, Section
from backcare_nb.course.yaml_reader import MAX_FILE_BYTES, DataError, read_model
from backcare_nb.custom import own_exercises
from backcare_nb.posture.table import PostureTable, posture_table

EXAMPLES = Path(__file__).resolve().parent / "own_exercises"

MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "</svg><iframe src=javascript:alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt;<b>bold</b>",
)
WORDS = (
    *MARKUP,
    "{0.__class__.__mro__}",
    "{side.__class__}",
    "{",
    "}",
    "{}",
    "%s%n%x",
    "${HOME} $(id) `id`",
    r"$\frac{1}{0}$",
    r"$\undefined$ $",
    r"\N{BELL}\x00",
    "../../etc/passwd",
    "..\\..\\x",
    "/dev/zero",
    "CON",
    "a" * 3000,
    "ż́" * 50,
    "\u202eevil",
    "\u2066x\u2069",
    "x\x00y",
    "\ufeffid",
    "\ud800",
    "🙂" * 40,
    "\u2028\u2029\x85",
    " ",
    "",
)
SCALARS = re.split(
    " ",
    "nan .nan -.inf .inf 1e999 -1e308 1e308 5e-324 0 -0 -1 9999999999999999999999 1e18 0x7f 0o17 "
    "010 1_000 1:30:00 12:30 yes no on off ~ null true false [] {} [[]] {a: {b: {c: d}}} "
    "2001-01-01 !!binary !!python/object/apply:os.system ['id'] *a &a x <<: !!set {a} | > - ? : , "
    "'[1,2' \"x @ ` % .5 5. +1 1e1 1.0",
)


def _read_course(path: Path, model: type[Section] | type[Safety]) -> Section | Safety:
    table, safety = posture_table(), shipped_library().safety
    known = {"posture": table.postures, "motion": table.motions, "condition": safety.conditions}
    return read_model(path, model, known)


def _read_own(path: Path) -> own_exercises.CheckedExercise:
    return own_exercises.check_exercise_text(own_exercises.read_yaml_text(path), path.name)


# How each kind of file is used.
USES: dict[str, Callable[[Path], Any]] = {
    "section": partial(_read_course, model=Section),
    "safety": partial(_read_course, model=Safety),
    "postures": partial(read_model, model=PostureTable),
    "body": lambda path: Body(read_model(path, BodyTable)),
    "own": _read_own,
}


@cache
def sources() -> tuple[tuple[str, str, bytes], ...]:
    """The files that are spoiled: those that are shipped, and examples of own exercises."""
    found = [("section", path) for path in sorted((DATA_FOLDER / "sections").glob("*.yaml"))]
    found += [(name, DATA_FOLDER / f"{name}.yaml") for name in ("safety", "postures", "body")]
    found += [("own", path) for path in sorted(EXAMPLES.glob("*.yaml"))]
    return tuple((kind, path.name, path.read_bytes()) for kind, path in found)


def mutations(seed: int, count: int) -> Iterator[tuple[str, str, bytes]]:
    """Files with one to four things spoiled in each."""
    chance = random.Random(seed)
    for _ in range(count):
        kind, name, content = chance.choice(sources())
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            content = chance.choice(WAYS)(content, chance)
        yield kind, name, content


# Ways to spoil a file


def _flip(content: bytes, chance: random.Random) -> bytes:
    """A few bits turned over."""
    spoiled = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if spoiled:
            spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def _bytes(content: bytes, chance: random.Random) -> bytes:
    """Bytes that no text has, put in somewhere."""
    at = chance.randint(0, len(content))
    return content[:at] + chance.randbytes(chance.randint(1, 20)) + content[at:]


def _cut(content: bytes, chance: random.Random) -> bytes:
    """The file ends early, or its beginning is lost."""
    at = chance.randint(0, len(content))
    return content[:at] if chance.random() < 0.8 else content[at:]


def _of_lines(change: Callable[[list[str], random.Random], None]) -> Callable:
    def spoil(content: bytes, chance: random.Random) -> bytes:
        lines = content.decode("utf-8", "surrogateescape").split("\n")
        change(lines, chance)
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    return spoil


def _at(lines: list[str], chance: random.Random) -> int:
    return chance.randrange(len(lines)) if lines else 0


@_of_lines
def _drop(lines: list[str], chance: random.Random) -> None:
    at = _at(lines, chance)
    del lines[at : at + chance.choice((1, 1, 2, 9))]


@_of_lines
def _double(lines: list[str], chance: random.Random) -> None:
    at, count = _at(lines, chance), chance.choice((1, 1, 5, 40))
    lines[at:at] = lines[at : at + count] * chance.choice((1, 1, 3))


@_of_lines
def _swap(lines: list[str], chance: random.Random) -> None:
    if lines:
        a, b = _at(lines, chance), _at(lines, chance)
        lines[a], lines[b] = lines[b], lines[a]


@_of_lines
def _indent(lines: list[str], chance: random.Random) -> None:
    for at in {_at(lines, chance) for _ in range(chance.choice((1, 1, 5)))} if lines else ():
        space = chance.choice(("", " ", "   ", "\t", " " * 40))
        lines[at] = space + lines[at].lstrip()


@_of_lines
def _rename(lines: list[str], chance: random.Random) -> None:
    """A key becomes another: a word of the file, a word near it, or something foul."""
    found = [k for k, line in enumerate(lines) if ":" in line]
    if found:
        at = chance.choice(found)
        key, colon, rest = lines[at].partition(":")
        word = key.strip(" -{")
        others = [*WORDS, word[1:], word + "s", word.upper(), "id", "like", "posture", "<<", "?"]
        lines[at] = key.replace(word, _one_line(chance.choice(others)), 1) + colon + rest


@_of_lines
def _replace(lines: list[str], chance: random.Random) -> None:
    """A value becomes something else."""
    if found := [k for k, line in enumerate(lines) if ": " in line]:
        at = chance.choice(found)
        key, colon, _ = lines[at].partition(": ")
        word = _one_line(chance.choice(WORDS))
        quoted = "'" + word.replace("'", "''") + "'"
        other = chance.choice((chance.choice(SCALARS), quoted, word))
        lines[at] = key + colon + other


@_of_lines
def _numbers(lines: list[str], chance: random.Random) -> None:
    """A number becomes an extreme one; where it stands in a list, in a group or alone."""
    _others(lines, chance, lambda _: chance.choice(SCALARS))


@_of_lines
def _nudge(lines: list[str], chance: random.Random) -> None:
    """A number becomes another that may well be meant."""
    shares = (-1, 0, 0.01, 0.5, 0.9, 1.1, 2, 10)
    _others(lines, chance, lambda number: f"{float(number) * chance.choice(shares):.6g}")


def _others(lines: list[str], chance: random.Random, other: Callable[[str], str]) -> None:
    """Another number in place of one here and there."""
    found = [k for k, line in enumerate(lines) if re.search(r"\d", line)]
    for at in chance.choices(found, k=chance.choice((1, 1, 4))) if found else ():
        parts = re.split(r"(-?\d+(?:\.\d+)?)", lines[at])
        if len(parts) > 1:
            k = 2 * chance.randrange(len(parts) // 2) + 1
            parts[k] = other(parts[k])
            lines[at] = "".join(parts)


@_of_lines
def _words(lines: list[str], chance: random.Random) -> None:
    """A word of the file becomes another word of it."""
    found = [k for k, line in enumerate(lines) if re.search(r"[a-z_]{3,}", line)]
    if found:
        at = chance.choice(found)
        known = re.findall(r"[a-z_]{3,}", "\n".join(lines))
        word = chance.choice(re.findall(r"[a-z_]{3,}", lines[at]))
        lines[at] = lines[at].replace(word, chance.choice(known), 1)


def _nest(content: bytes, chance: random.Random) -> bytes:
    """Lists in lists in lists."""
    deep = chance.choice((5, 30, 2000, 50_000))
    opened = chance.choice((b"[", b"{a: ", b"- ", b"? "))
    at = content.find(b": ", chance.randint(0, len(content))) + 2
    return content[:at] + opened * deep + content[at:]


def _grow(content: bytes, chance: random.Random) -> bytes:
    """Much more of the same."""
    line = chance.choice(content.split(b"\n"))
    return content + b"\n" + (line + b"\n") * chance.choice((50, 1000, 20_000))


def _one_line(word: str) -> str:
    return word.encode("utf-8", "replace").decode().replace("\n", " ")


WAYS = (
    _flip, _bytes, _cut, _drop, _drop, _double, _swap, _swap, _indent, _rename, _rename, _replace,
    _replace, _replace, _numbers, _numbers, _nudge, _nudge, _nudge, _nudge, _words, _words, _nest,
    _grow,
)  # fmt: skip


# Attacks that are known

BOMB = "\n".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12))
ATTACKS = {
    "a call": b"id: !!python/object/apply:os.system ['touch pwned']",
    "a call in a map": b"!!python/object/new:subprocess.Popen\nargs: [[touch, pwned]]",
    "a module": b"id: !!python/name:os.system",
    "a tuple": b"id: !!python/tuple [1, 2]",
    "bytes": b"id: !!binary R0lGODlh",
    "a set": b"id: !!set {a, b}",
    "a tag of its own": b"%TAG ! tag:example.com,2000:\n---\nid: !x y",
    "a directive": b"%YAML 9.9\n---\nid: x",
    "laughs": b"a0: &a0 [x]\n" + BOMB.encode(),
    "itself": b"&a [*a]",
    "merge": b"a: &a {id: x}\n<<: *a",
    "merge of nothing": b"<<: [1, 2, 3]",
    "twice": b"id: a\nid: b",
    "a key that is a list": b"[1, 2]: x",
    "a key that is a group": b"{a: b}: x",
    "a question": b"? [a, b]\n: c",
    "deep lists": b"a: " + b"[" * 400_000,
    "deep groups": b"{a: " * 200_000,
    "deep dashes": b"- " * 300_000,
    "deep questions": b"? " * 300_000,
    "deep strange keys": b"{? [a] : " * 20_000,
    "deep indents": "\n".join(" " * k + "a:" for k in range(900)).encode(),
    "many keys": b"".join(b"k%d: 1\n" % k for k in range(90_000)),
    "many items": b"id: [" + b"1," * 400_000 + b"1]",
    "many strange keys in a posture": b"id: a\ntitle: A\nposture:\n  angles:\n"
    + b"".join(b"    joint_%d: {flexion: 1}\n" % k for k in range(2000)),
    "a long line": b"id: " + b"a" * 900_000,
    "a long key": b"a" * 900_000 + b": 1",
    "a long number": b"number: " + b"9" * 900_000,
    "a long fraction": b"number: 0." + b"9" * 900_000,
    "a long quote": b'id: "' + b"\\x41" * 200_000 + b'"',
    "many documents": b"--- a\n" * 100_000,
    "many comments": b"#\n" * 400_000,
    "utf-16": "id: x\n".encode("utf-16"),
    "utf-32": "id: x\n".encode("utf-32"),
    "latin-1": "id: caf\u00e9\n".encode("latin-1"),
    "surrogates": "id: \ud800".encode("utf-8", "surrogatepass"),
    "overlong": b"id: \xc0\xae\xc0\xae",
    "a mark in the middle": "id: x\n\ufefftitle: y\n".encode(),
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbfid: x",
    "nothing": b"",
    "zeros": b"\x00" * 1000,
    "turned round": "id: \u202etxt\n".encode(),
    "hidden breaks": "id: x\u2028title: y\u0085z: 1\n".encode(),
    "bells": b"id: \x07\x1b[31m",
    "a timestamp": b"id: 2001-12-14t21:59:43.10-05:00",
    "too large": b"a" * (MAX_FILE_BYTES + 1),
}


# What a file may not do


class Late(Exception):
    """Reading a file took too long."""


def outcome(kind: str, path: Path) -> str:
    """ "read" or "refused"; whatever else happens comes through."""
    try:
        USES[kind](path)
    except DataError as error:
        return "refused" if str(error).strip() else "refused without a word"
    return "read"


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises Late in what takes longer of the processor, where the system can tell."""
    if not hasattr(signal, "SIGPROF"):
        yield
        return

    def late(*_: object) -> None:
        raise Late(f"longer than {seconds} s")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Deeds:
    """What Python did to the world while it was watched: files written, programs started."""

    def __init__(self, allowed: tuple[Path, ...]) -> None:
        self.allowed, self.found = tuple(str(path) for path in allowed), []
        self.watching = False
        sys.addaudithook(self._hear)  # stays until the process ends, and then hears nothing

    @contextmanager
    def watched(self) -> Iterator[None]:
        self.watching = True
        try:
            yield
        finally:
            self.watching = False

    def _hear(self, event: str, arguments: tuple) -> None:
        if self.watching and (said := self._said(event, arguments)):
            self.found.append(said)

    def _said(self, event: str, arguments: tuple) -> str:
        if event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork"):
            return f"{event} {arguments}"
        if event in ("socket.connect", "socket.getaddrinfo", "urllib.Request", "ctypes.dlopen"):
            return f"{event} {arguments}"
        if event == "open" and self._writes(*arguments[1:3]):
            return self._foreign(event, arguments[0])
        if event in ("os.mkdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.rmdir"):
            inside = isinstance(arguments[-1], int) and arguments[-1] >= 0  # an open folder's
            return "" if inside else self._foreign(event, arguments[0])
        return ""

    def _writes(self, mode: Any, flags: Any) -> bool:
        if isinstance(mode, str):
            return bool(set(mode) & set("wax+"))
        return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))

    def _foreign(self, event: str, path: Any) -> str:
        if isinstance(path, int):
            return ""
        whole = os.path.abspath(os.fsdecode(path))
        return "" if whole.startswith((*self.allowed, os.devnull)) else f"{event} {whole}"
