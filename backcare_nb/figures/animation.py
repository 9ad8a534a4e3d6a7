"""Figures that move by themselves, for a sheet or a page of one's own: animated SVG, or GIF."""

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from backcare_nb.figures.drawing import Drawing, style_context
from backcare_nb.figures.palette import PAPER_COLOUR
from backcare_nb.figures.sprite import (
    MAX_POINT_ERROR_GRID_STEPS,
    resample_frames,
    resample_to_fewest_frames,
)
from backcare_nb.figures.svg import GRID_STEPS_PER_UNIT, format_attributes, format_path_data

PAUSE_BEFORE_S, PAUSE_AFTER_S = 0.5, 1.2  # at rest, before it moves and after
MIN_GIF_FRAMES = 24  # on the way
GIF_FRAMES_PER_SECOND = 8
GIF_COLOUR_COUNT = 64
GIF_DPI = 220
# Where a person has asked for less motion, the end is shown at rest.
REDUCED_MOTION_STYLE = (
    "<style>.rest{display:none}@media(prefers-reduced-motion:reduce)"
    "{.move{display:none}.rest{display:inline}}</style>"
)


@dataclass(frozen=True)
class PlaybackTiming:
    """How a figure moves: the seconds of its way, and whether it ends where it began (loop), or
    goes back the way it came (back), in place of beginning anew.
    """

    seconds: float
    loop: bool = False
    back: bool = False

    def shares(self, times: np.ndarray) -> np.ndarray:
        """Return the shares of the way that are done at shares of its time: slow at both ends."""
        return times if self.loop else (1 - np.cos(np.pi * times)) / 2


def draw_animated_svg(drawing: Drawing, playback: PlaybackTiming) -> str:
    """Write a drawing with several frames as an SVG that plays by itself, over and over."""
    shapes = [
        shape for shape in resample_to_fewest_frames(drawing.shapes) if not shape.hidden.all()
    ]
    count = max(len(shape.points) for shape in shapes)
    order, times = _plan_frame_order_and_times(count, playback)
    whole = float(times[-1])
    renderer = replace(drawing, shapes=shapes).render_first_frame()
    moving, resting = [], []
    last = 0 if playback.loop else count - 1
    for shape, paint in zip(shapes, renderer.paints, strict=True):
        points = np.broadcast_to(shape.points, (count, *shape.points.shape[1:]))
        steps = np.rint((points * (1, -1) + (0, drawing.height)) * GRID_STEPS_PER_UNIT).astype(int)
        data = [format_path_data(np.array(shape.codes), frame) for frame in steps]
        hidden = np.broadcast_to(shape.hidden, (count,))
        inside = ""
        if len(set(data)) > 1:
            kept = _find_keyframes_to_keep(
                steps[order].reshape(len(order), -1), times, ~hidden[order]
            )
            values = ";".join(data[order[k]] for k in kept)
            inside += _format_animate_element("d", values, times[kept], whole)
        if hidden.any():
            turns = [0, *(1 + np.flatnonzero(np.diff(hidden[order])))]
            values = ";".join("hidden" if hidden[order[k]] else "visible" for k in turns)
            inside += _format_animate_element(
                "visibility", values, times[turns], whole, calcMode="discrete"
            )
        moving.append(f"<path{format_attributes(paint | {'d': data[0]})}>{inside}</path>")
        if not hidden[last]:
            resting.append(f"<path{format_attributes(paint | {'d': data[last]})}/>")
    parts = f"<g class='move'>{''.join(moving)}</g><g class='rest'>{''.join(resting)}</g>"
    return renderer.svg(drawing.scale, drawing.title, drawing.alt, REDUCED_MOTION_STYLE + parts)


def _plan_frame_order_and_times(
    count: int, playback: PlaybackTiming
) -> tuple[np.ndarray, np.ndarray]:
    """The frames in their order, and the seconds at which each comes."""
    shares, frames = np.linspace(0, 1, count), np.arange(count)
    if playback.loop:
        return frames, shares * playback.seconds
    forth = PAUSE_BEFORE_S + np.arccos(1 - 2 * shares) / np.pi * playback.seconds
    order, times = [0, *frames, count - 1], [0.0, *forth, forth[-1] + PAUSE_AFTER_S]
    if playback.back:
        order += [*frames[-2::-1]]
        times += [*(times[-1] + forth[1:] - PAUSE_BEFORE_S)]
    return np.array(order), np.array(times)


def _find_keyframes_to_keep(places: np.ndarray, times: np.ndarray, seen: np.ndarray) -> list[int]:
    """The rows of places (K, N) between which straight lines lead near enough to all that are seen.

    seen: (K,) of bool.
    """
    kept, spans = {0, len(times) - 1}, [(0, len(times) - 1)]
    while spans:
        a, b = spans.pop()
        if b - a > 1:
            share = ((times[a + 1 : b] - times[a]) / (times[b] - times[a]))[:, None]
            stray = np.abs(places[a] + share * (places[b] - places[a]) - places[a + 1 : b])
            stray = stray * seen[a + 1 : b, None]
            if stray.max() > MAX_POINT_ERROR_GRID_STEPS:
                k = a + 1 + int(np.round(stray.max(axis=1), 6).argmax())
                kept.add(k)
                spans += [(a, k), (k, b)]
    return sorted(kept)


def _format_animate_element(
    name: str, values: str, times: np.ndarray, duration_s: float, **more: str
) -> str:
    """An element that has an attribute take values at times, over and over in ``duration_s``."""
    shares = ";".join(f"{share:.4g}" for share in times / duration_s)
    told = {"attributeName": name, "dur": f"{duration_s:.2f}s", "repeatCount": "indefinite", **more}
    return f"<animate{format_attributes({**told, 'values': values, 'keyTimes': shares})}/>"


def draw_animated_gif(drawing: Drawing, playback: PlaybackTiming, comment: str) -> bytes:
    """Draw a drawing with several frames as a GIF that plays over and over.

    comment: what the file says of itself.
    """
    count = max(MIN_GIF_FRAMES, round(playback.seconds * GIF_FRAMES_PER_SECOND))
    times = np.linspace(0, 1, count, endpoint=not playback.loop)
    pictures = [_draw_frame(drawing, share) for share in playback.shares(times)]
    lasts = [round(playback.seconds / count * 100) * 10] * count  # whole hundredths of a second
    if not playback.loop:
        lasts[0], lasts[-1] = (round(seconds * 1000) for seconds in (PAUSE_BEFORE_S, PAUSE_AFTER_S))
        if playback.back:
            pictures, lasts = pictures + pictures[-2:0:-1], lasts + lasts[-2:0:-1]
    colours = pictures[len(pictures) // 2].quantize(GIF_COLOUR_COUNT)
    first, *others = (p.quantize(palette=colours, dither=Image.Dither.NONE) for p in pictures)
    file = io.BytesIO()
    first.save(
        file, "GIF", save_all=True, append_images=others, duration=lasts, loop=0, comment=comment
    )
    return file.getvalue()


@style_context()
def _draw_frame(drawing: Drawing, share: float) -> Image.Image:
    """The picture at a share of the way."""
    at = (resample_frames(shape, np.array([share])) for shape in drawing.shapes)
    shapes = [shape for shape in at if not shape.hidden[0]]
    file = io.BytesIO()
    replace(drawing, shapes=shapes).figure(PAPER_COLOUR).savefig(file, format="png", dpi=GIF_DPI)
    file.seek(0)
    return Image.open(file).convert("RGB")
