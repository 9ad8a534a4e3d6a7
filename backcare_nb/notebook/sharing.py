"""What a notebook gives on: as a link that holds it whole, or as a file."""

from backcare_nb.course.files import save_file
from backcare_nb.html.card import Node, h, para
from backcare_nb.lesson.sharing import SharedFileError, format_shared_link, is_shared_link_or_file


def share(shared: str, to: str, *, replace: bool = False) -> tuple[Node, ...]:
    """Give on what format_shared_json() made, as a link or a file; return what tells of it.

    Raises SharedFileError or SaveError, each with a sentence.
    """
    if to.startswith(("https://", "http://", "file://")):
        link = format_shared_link(shared, to)
        words = f"This link holds all of it, in {len(link):,} letters; no server has it: "
        return para(words), h("p", h("a", "Open it", href=link)), h("code", link)
    if not is_shared_link_or_file(to):
        raise SharedFileError(f"{to} is no address of a site, and no file that ends in .json.")
    save_file(to, shared.encode(), replace=replace)
    return (para(f"Saved as {to}, {len(shared.encode()) / 1000:.0f} kB."),)
