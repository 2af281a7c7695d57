"""Care days and öre as tables and JSON write them: fractions reduced, kronor with two decimals, null where unknown."""

from fractions import Fraction

from hemgang.liability.pricing import kronor
from hemgang.outlook.backtest import Sums
from hemgang.outlook.payer_months import PayerMonth
from hemgang.outlook.whatif import Effect


def kr(ore: int | None) -> str | None:
    """Return öre as kronor with two decimals, None where not known."""
    return None if ore is None else f"{kronor(ore):f}"


def signed(value: Fraction) -> str:
    """Return a difference with its sign, 0 without one."""
    return f"+{value}" if value > 0 else str(value)


def signed_kr(ore: int | None) -> str | None:
    """Return a difference in kronor with its sign, None where not known."""
    return f"+{kr(ore)}" if ore is not None and ore > 0 else kr(ore)


def figures_json(one: Effect | Sums | PayerMonth) -> dict[str, object]:
    """Return care days and amount."""
    return {"care_days": str(one.care_days), "amount": kr(one.amount)}


def month_json(one: PayerMonth) -> dict[str, object]:
    """Return what a payer has in a month; `exempt` is null where no clause asks anything of the month."""
    return {**figures_json(one), "exempt": one.exempt}
