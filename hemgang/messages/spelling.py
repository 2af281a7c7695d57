r"""Texts in which characters are spelled out for a URL, for HTML or as escapes: what a reader of them gets to see.

`%31%39`, `&#49;&#57;` and `\u0031\u0039` are all 19. Base64 and the like are no spelling: no one sees a number in them.
"""

import html
import re
import urllib.parse
from collections.abc import Iterator

DEEPEST = 2
"""How often a text may have been spelled out, once more by each system that it came through."""

MARKS = r"[%&\\]"
"""One of these is in every text that is spelled out."""


def readings(text: str) -> Iterator[str]:
    r"""Yield what a text reads when it is no longer spelled out, once for each time it was; nothing if it is plain.

    >>> list(readings("%31%39&#49;2")), list(readings(r"\u0031\u0039")), list(readings("10 %"))
    (['1912'], ['19'], [])
    """
    for _ in range(DEEPEST):
        if _MARK.search(text) is None:
            return
        plain = _ESCAPE.sub(_letter, html.unescape(urllib.parse.unquote(text)))
        plain = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), plain)
        if plain == text:
            return
        yield plain
        text = plain


def _letter(escape: re.Match[str]) -> str:
    return chr(int(escape[1] or escape[2], 16))


_MARK = re.compile(MARKS)
_ESCAPE = re.compile(r"(?<!\\)\\++(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
