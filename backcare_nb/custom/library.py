"""The library: the exercises of the course, and the learner's own beside them."""

from functools import cache

from backcare_nb.course.library import Library, shipped_library
from backcare_nb.custom import folder
from backcare_nb.custom.folder import FolderState


def current_library() -> Library:
    """All exercises at hand: the course, with own exercises as they are in their folder now."""
    return (
        _load_library_with_own_exercises(now)
        if (now := folder.exercises_folder_state())
        else shipped_library()
    )


@cache
def _load_library_with_own_exercises(state: FolderState) -> Library:
    """Once for each state of the folder; what cannot be used is said, once and quietly."""
    from backcare_nb.custom.own_exercises import load_own_exercises

    found = load_own_exercises()
    if found.reports:
        names = ", ".join(found.reports)
        place = folder.EXERCISES_FOLDER_NAME
        print(f"Not usable yet: {names} in {place}. my_exercises() says what to mend.")
    return found.join(shipped_library())
