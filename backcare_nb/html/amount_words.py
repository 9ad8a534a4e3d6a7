"""How much is done of an exercise or a step, in words."""

from backcare_nb.course.models import Exercise, Step
from backcare_nb.sessions.options import OPTIONS_AS_TAUGHT, Options
from backcare_nb.sessions.phases import LOOPING_HOLD_LABEL, PHASE_KIND_LABELS, to_ms
from backcare_nb.sessions.timeline import duration_in_words, format_count_with_noun


def describe_amounts(exercise: Exercise, options: Options = OPTIONS_AS_TAUGHT) -> str:
    """How much of an exercise is done, in words: "6 seconds, 5 times on each side"."""
    steps = (step for step in exercise.steps if step.do != "move")
    told = ", then ".join(describe_amount(step, options) for step in steps)
    rounds = options.rounds_of(exercise)
    noun = "set" if any(step.do == "repeat" for step in exercise.steps) else "time"
    again = f"{', ' if told else ''}{format_count_with_noun(rounds, noun)}" if rounds > 1 else ""
    rest = duration_in_words(to_ms(exercise.rest.default)) if exercise.rest and rounds > 1 else ""
    sides = {0: "", 1: f" on the {exercise.sides} side", 2: " on each side"}
    between = f", with {rest} of rest between" if rest else ""
    return f"{told}{again}{sides[len(exercise.sides_in_order)]}{between}"


def describe_amounts_unless_same_as_step(
    exercise: Exercise, options: Options = OPTIONS_AS_TAUGHT
) -> str:
    """How much of an exercise is done, in words, where that is not told with one of its steps."""
    told = describe_amounts(exercise, options)
    return "" if told in {describe_amount(step, options) for step in exercise.steps} else told


def describe_amount(step: Step, options: Options = OPTIONS_AS_TAUGHT) -> str:
    """How much of a step is done, in words; nothing for a movement, which takes its time."""
    match step.do:
        case "hold":
            return duration_in_words(to_ms(options.amount_of(step, "seconds")))
        case "repeat":
            sides = 2 if step.in_turn else 1
            each = duration_in_words(to_ms(options.amount_of(step, "tempo") / sides))
            times = round(options.amount_of(step, "times"))
            turn = " on each side, left and right in turn" if step.in_turn else ""
            held = f", held for {duration_in_words(to_ms(step.held))}" if step.held else ""
            return f"{format_count_with_noun(times, 'time')}{turn}{held}, {each} for each"
        case "breathe":
            lasts = duration_in_words(to_ms(options.amount_of(step, "minutes") * 60))
            return f"{lasts}, about {step.rate.default:g} breaths a minute"
    return ""


def caption_amount(step: Step, options: Options = OPTIONS_AS_TAUGHT) -> str:
    """How much of a step is done, as it stands by its figure: "Hold for 30 seconds"."""
    told = describe_amount(step, options)
    if step.do == "hold":
        return f"{LOOPING_HOLD_LABEL if step.loop else PHASE_KIND_LABELS['hold']} for {told}"
    return capitalize_first(told)


def capitalize_first(words: str) -> str:
    """Words with a capital at their beginning."""
    return words[:1].upper() + words[1:]
