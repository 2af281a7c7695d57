"""What the operator is told of the engine itself, in words that hold no person and no discharge; pure (3.3)."""

from enum import StrEnum

from hemgang.alerts.directory import Language


class Trouble(StrEnum):
    """What is wrong with the engine, each told at most once an hour."""

    SENDING_HELD = "sending_held"
    CLOCK_WENT_BACK = "clock_went_back"
    STATE_FAILED = "state_failed"
    SET_ASIDE = "set_aside"
    RULES_KEPT = "rules_kept"
    DRAFT_FAILED = "draft_failed"


TITLES = {Language.SWEDISH: "hemgang: driftlarm", Language.ENGLISH: "hemgang: the engine needs you"}

TEXTS = {
    Trouble.SENDING_HELD: {
        Language.SWEDISH: "Inga aviseringar skickas: databasen ser ut att vara återställd från en säkerhetskopia. "
        "Kontrollera läget och släpp sedan med: hemgang sending release --by NAMN",
        Language.ENGLISH: "No alerts are sent: the database looks restored from a backup. "
        "Look at it, then let them go with: hemgang sending release --by NAME",
    },
    Trouble.CLOCK_WENT_BACK: {
        Language.SWEDISH: "Inget beslutas och inga aviseringar skickas: klockan har gått bakåt mer än fem minuter. "
        "Ställ klockan; var den fel förut, släpp med: hemgang sending release --by NAMN",
        Language.ENGLISH: "Nothing is decided and no alerts are sent: the clock went back by more than five minutes. "
        "Set the clock; if it was wrong before, let go with: hemgang sending release --by NAME",
    },
    Trouble.STATE_FAILED: {
        Language.SWEDISH: "En fil i hemgangs tillståndsmapp kan inte läsas eller skrivas. Aviseringar skickas, men om "
        "databasen återställs märks det kanske inte. Se loggen och: hemgang doctor",
        Language.ENGLISH: "A file in hemgang's state folder cannot be read or written. Alerts go out, but a restore of "
        "the database may go unnoticed. See the log, and: hemgang doctor",
    },
    Trouble.SET_ASIDE: {
        Language.SWEDISH: "Ärenden har lagts åt sidan eftersom de inte kunde behandlas. De prövas igen om en timme. "
        "Se loggen och: hemgang doctor",
        Language.ENGLISH: "Discharges were set aside because their step failed. They are tried again in an hour. "
        "See the log, and: hemgang doctor",
    },
    Trouble.DRAFT_FAILED: {
        Language.SWEDISH: "Månadens underlag kunde inte tas fram för ett eller flera län. De andra är klara. "
        "Det prövas igen i morgon. Se loggen och: hemgang close",
        Language.ENGLISH: "The month could not be drafted for one or more counties. The others are done. "
        "It is tried again tomorrow. See the log, and: hemgang close",
    },
    Trouble.RULES_KEPT: {
        Language.SWEDISH: "En fil med mottagare, påminnelsesteg eller belopp är borta eller felaktig. Den senaste "
        "giltiga gäller tills filen är rättad; en ny start misslyckas. Se: hemgang doctor",
        Language.ENGLISH: "A file of recipients, rungs or amounts is gone or wrong. The last good one holds until it "
        "is mended; a restart would fail. See: hemgang doctor",
    },
}


def told(trouble: Trouble, language: Language) -> tuple[str, str]:
    """Return the title and the text of an alarm."""
    return TITLES[language], TEXTS[trouble][language]
