"""One test of many values, which costs one test and names every value that fails."""

from collections.abc import Callable, Iterable


def for_each(values: Iterable[object]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Calls a test with every value, or with all of each tuple.

    The values of a generator are made as the test runs, and not whenever tests are collected.
    """

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        def call_with_each() -> None:
            found, wrong = list(values), []
            assert found, "there is no value to test"
            for value in found:
                parts = value if isinstance(value, tuple) else (value,)
                try:
                    test(*parts)
                except AssertionError as error:
                    names = [str(getattr(part, "id", part))[:80] for part in parts]
                    wrong.append(f"{', '.join(names)}: {error}")
            assert not wrong, "\n".join(wrong)

        call_with_each.__name__, call_with_each.__doc__ = test.__name__, test.__doc__
        return call_with_each

    return decorate
