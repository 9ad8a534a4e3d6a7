"""The words for joints and sites that postures and contacts may use beside the body's own."""

from functools import cache

from backcare_nb.body.skeleton import body

PLURALS = {
    "hips": "hip", "knees": "knee", "ankles": "ankle", "girdles": "girdle", "shoulders": "shoulder",
    "elbows": "elbow", "wrists": "wrist", "fingers": "fingers",
}  # fmt: skip
GROUPS = {
    "sole": ("heel", "ball_inner", "ball_outer"),
    "hand": ("palm_heel", "palm_inner", "palm_outer"),
}
# One of these touches, whichever is nearest: what rolls over rests on one after the other.
NEAREST = {
    "head": ("head_back", "head_middle", "head_front", "head_top"),
    "hips": ("left buttock", "right buttock", "left hip_side", "right hip_side", "pubis"),
    "shoulders": (
        "left shoulder", "right shoulder", "left shoulder_blade", "right shoulder_blade", "chest",
    ),
    "front": ("pubis", "tummy", "chest"),
}  # fmt: skip


@cache
def opposites() -> dict[str, str]:
    """Each motion's name with that of its opposite."""
    pairs = [(d.motion, d.spec.opposite) for d in body().dofs]
    return dict([*pairs, *(pair[::-1] for pair in pairs)])
