"""What may be kept of a rejected line: enough to mend it, and no identity number (specification 6)."""

from hemgang.findings import Code
from hemgang.messages.identity import holds_identity_number
from hemgang.messages.lines import Line
from hemgang.messages.outcome import Rejection
from hemgang.messages.values import is_clean_text


def text_to_keep(line: Line, rejection: Rejection) -> str | None:
    """Return the line's text, or None where it may hold an identity number or cannot be stored.

    That is: an identity number was found in a field, the text is shaped like one anywhere, JSON that could
    not be read may hide one behind escapes, or there are control characters. A line that is too long or not
    UTF-8 has no text.
    """
    text = line.text
    if text is None or holds_identity_number(text) or not is_clean_text(text):
        return None
    codes = {problem.code for problem in rejection.problems}
    if Code.IDENTITY_NUMBER in codes or (Code.INVALID_JSON in codes and "\\u" in text):
        return None
    return text
