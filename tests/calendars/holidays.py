"""The holidays of Sweden by the letter of the law, a second opinion apart from every library."""

from datetime import date, timedelta


def easter_sunday(year: int) -> date:
    """Easter by the anonymous Gregorian rule (Meeus), apart from every library."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7  # noqa: E741 (the letters of the rule)
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return date(year, month, day + 1)


def first(weekday: int, day: date) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def holidays_by_rule(year: int) -> dict[date, str]:
    """Lag (1989:253) 1 and 2 §§ since 2005, line by line, and the three eves of lag (1930:173) 2 §."""
    easter, friday, saturday = easter_sunday(year), 4, 5
    by_rule = [
        (date(year, 1, 1), "nyårsdagen"),
        (date(year, 1, 6), "trettondedag jul"),
        (easter - timedelta(days=2), "långfredagen"),
        (easter, "påskdagen"),
        (easter + timedelta(days=1), "annandag påsk"),
        (date(year, 5, 1), "första maj"),
        (easter + timedelta(days=39), "Kristi himmelsfärdsdag"),
        (easter + timedelta(days=49), "pingstdagen"),
        (date(year, 6, 6), "nationaldagen"),
        (first(saturday, date(year, 6, 20)), "midsommardagen"),
        (first(saturday, date(year, 10, 31)), "alla helgons dag"),
        (date(year, 12, 25), "juldagen"),
        (date(year, 12, 26), "annandag jul"),
        (first(friday, date(year, 6, 19)), "midsommarafton"),
        (date(year, 12, 24), "julafton"),
        (date(year, 12, 31), "nyårsafton"),
    ]
    names: dict[date, list[str]] = {}
    for day, name in by_rule:
        names.setdefault(day, []).append(name)
    return {day: " och ".join(sorted(of_day)) for day, of_day in names.items()}
