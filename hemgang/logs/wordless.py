"""Takes the words out of an error before someone who keeps them sees it.

Prefect writes an exception's text into the state of the run, in its database and on its page; a database's text may
quote a value.
"""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from hemgang.logs.fields import kept
from hemgang.logs.frames import where

P = ParamSpec("P")
T = TypeVar("T")


class WordlessError(Exception):
    """Something failed in a run; says the error's type and where, nothing else. The engine's log has the frames."""


def wordless(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a coroutine function raise `WordlessError` for any error, the original neither in its text nor behind it.

    Under the decorator of a flow or task, so that Prefect never holds the original:

        @flow(name="watch")
        @wordless
        async def watch() -> None: ...
    """

    @functools.wraps(function)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        except WordlessError:
            raise
        except Exception as error:  # the border to Prefect: whatever it is, its text stays here
            told = f"{kept('error', error)} at {(where(error) or ['a library'])[0]}"
        raise WordlessError(told)

    return guarded
