"""The names that a notebook of the course uses, each fetched when it is first asked for.

from backcare_nb import play, show

show("knee_rolls")
play("knee_rolls", seconds=20)
"""

import sys
from importlib import import_module

_PUBLIC_NAMES_BY_MODULE = {
    "export.figure_files": "save_figure",
    "export.handout": "save_handout",
    "export.reminders": "save_reminders",
    "export.sheet": "save_sheet",
    "export.webpage": "save_page",
    "html.course_cards": "about opening overview recap safety take_care versions",
    "html.exercise_figures": "show",
    "html.own_exercise_cards": "angles exercise_keys my_exercises",
    "html.picture": "still strip",
    "notebook.exercise_box": "exercise section",
    "notebook.exercise_editor": "write_exercise",
    "notebook.explorer": "explore",
    "notebook.player": "intervals play session timer",
    "notebook.practice": "delete_journal example_practice export_journal import_journal"
    " keep_journal last_practice my_practice note_session",
    "notebook.programmes": "my_programmes note_progress open_programme programme save_programme"
    " share_programme today",
    "notebook.teaching": "choose_lesson my_lessons open_lesson plan_lesson save_lesson"
    " share_lesson teach",
}
_MODULE_BY_PUBLIC_NAME = {
    name: module for module, names in _PUBLIC_NAMES_BY_MODULE.items() for name in names.split()
}

__all__ = sorted(_MODULE_BY_PUBLIC_NAME)


def __getattr__(name: str) -> object:
    if name not in _MODULE_BY_PUBLIC_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from backcare_nb.course.calls import explain_wrong_calls

    return explain_wrong_calls(
        getattr(import_module(f"{__name__}.{_MODULE_BY_PUBLIC_NAME[name]}"), name)
    )


def __dir__() -> list[str]:
    return [*globals(), *__all__]


if "IPython" in sys.modules:
    import_module(f"{__name__}.notebook.error_cards").show_errors_as_cards()
