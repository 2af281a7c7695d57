"""The words of explanations, in English and Swedish: one sentence a key, with the same blanks in both languages."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """The languages an explanation can be told in."""

    ENGLISH = "en"
    SWEDISH = "sv"


def sentence(language: Language, key: str, **blanks: object) -> str:
    """Return the sentence of a key with its blanks filled in.

    Raises:
        KeyError: there is no such key, or a blank is missing.
    """
    return SENTENCES[language][key].format(**blanks)


ENGLISH: Mapping[str, str] = {
    "day": "Care day {n}, {first}",
    "days": "Care days {n}-{m}, {first} to {last}",
    "charged": "{days}: charged to {payer}, {count} x {rate} kr = {amount} kr.",
    "charged_unpriced": "{days}: charged to {payer}; the amount a care day of {year} is not known.",
    "free": "{days}: free for {payer}.",
    "not_provable": "{days}: not provable, so {payer} is not charged.",
    "not_counted": "{days}: not counted for {payer}.",
    "beyond_free_care_days": "{name} leaves {free} care days free from day 0, {day0}; this is beyond them.",
    "within_free_care_days": "{name} leaves {free} care days free from day 0, {day0}; this is within them.",
    "cutoff": "The ready notice was sent at {sent} on {date}, after {cutoff}, so it counts as sent the next day.",
    "exempt": "{payer} is exempt in {month}: {counted} of {population} ({value}) left by day {within}, and {threshold} "
    "is enough.",
    "exempt_empty": "{payer} is exempt in {month}: the share is taken over nobody.",
    "not_exempt": "{payer} is not exempt in {month}: {counted} of {population} ({value}) left by day {within}, and "
    "{threshold} is needed.",
    "report_only": "{name} reports care days and charges none.",
    "period_withdrawn": "The ready notice was withdrawn on {ended}, so the days of this ready period do not count.",
    "period_moved": "The ready date was moved on {ended}, so the days of this ready period do not count.",
    "period_died": "The patient died on {ended}, and such a period does not count.",
    "period_discharged": "The period ended by discharge on {ended}, and such a period does not count.",
    "period_cancelled": "The episode was cancelled on {ended}, so nothing of it counts.",
    "on_leave": "The whole care day falls inside a leave.",
    "also": "The same date is charged by {also} as well; it is paid once.",
    "rests_on": "It rests on these messages, and is not charged if one of them falls away: {messages}.",
    "review": "It is on the joint review list.",
    "one_missing": "Only this is missing.",
    "several_missing": "{count} things are missing; each must be put right.",
    "repair": "What would repair it: {repair}",
    "quote": "{clause}: \u201c{words}\u201d",
    "assumption": "{clause}, an assumption: {words}",
    "unopened": "No message opens the episode, so nothing of it counts.",
    "cancelled": "The episode was cancelled: it never was.",
    "no_ready_period": "No ready notice counts, so there are no care days to charge.",
    "no_care_day": "{day} is no care day of a ready period; day 0 of the last one is {day0}, its last day is none.",
    "no_care_days": "The ready period ended on day 0, {day0}, so it has no care days.",
    "not_over": "The care day that begins on {day} is not over yet.",
    "still_in": "The patient is still in, and no care day is settled yet.",
    "no_rule": "Day 0, {day0}, lies before the act was in force.",
    "not_in_drafts": "{day} belongs to a month that was not computed here.",
}

SWEDISH: Mapping[str, str] = {
    "day": "Vårddygn {n}, {first}",
    "days": "Vårddygn {n}-{m}, {first} till {last}",
    "charged": "{days}: debiteras {payer}, {count} x {rate} kr = {amount} kr.",
    "charged_unpriced": "{days}: debiteras {payer}; beloppet för ett vårddygn {year} är inte känt.",
    "free": "{days}: kostnadsfritt för {payer}.",
    "not_provable": "{days}: kan inte styrkas, så {payer} debiteras inte.",
    "not_counted": "{days}: räknas inte för {payer}.",
    "beyond_free_care_days": "{name} ger {free} fria vårddygn från dag 0, {day0}; detta ligger efter dem.",
    "within_free_care_days": "{name} ger {free} fria vårddygn från dag 0, {day0}; detta ligger bland dem.",
    "cutoff": "Underrättelsen skickades klockan {sent} den {date}, efter {cutoff}, och räknas som skickad dagen efter.",
    "exempt": "{payer} är befriad i {month}: {counted} av {population} ({value}) skrevs ut senast dag {within}, och "
    "{threshold} räcker.",
    "exempt_empty": "{payer} är befriad i {month}: andelen tas över ingen.",
    "not_exempt": "{payer} är inte befriad i {month}: {counted} av {population} ({value}) skrevs ut senast dag "
    "{within}, och {threshold} krävs.",
    "report_only": "{name} redovisar vårddygn men debiterar inga.",
    "period_withdrawn": "Underrättelsen återtogs den {ended}, så dygnen i den här perioden räknas inte.",
    "period_moved": "Datumet som utskrivningsklar flyttades den {ended}, så dygnen i den här perioden räknas inte.",
    "period_died": "Patienten avled den {ended}, och en sådan period räknas inte.",
    "period_discharged": "Perioden slutade med utskrivning den {ended}, och en sådan period räknas inte.",
    "period_cancelled": "Vårdtillfället makulerades den {ended}, så inget av det räknas.",
    "on_leave": "Hela vårddygnet ligger inom en permission.",
    "also": "Samma datum debiteras även enligt {also}; det betalas en gång.",
    "rests_on": "Det vilar på dessa meddelanden och debiteras inte om ett av dem faller bort: {messages}.",
    "review": "Det står på listan för gemensam granskning.",
    "one_missing": "Bara detta saknas.",
    "several_missing": "{count} saker saknas; var och en måste rättas.",
    "repair": "Detta skulle läka det: {repair}",
    "quote": "{clause}: \u201d{words}\u201d",
    "assumption": "{clause}, ett antagande: {words}",
    "unopened": "Inget meddelande öppnar vårdtillfället, så inget av det räknas.",
    "cancelled": "Vårdtillfället makulerades: det har aldrig funnits.",
    "no_ready_period": "Ingen underrättelse om utskrivningsklar räknas, så det finns inga vårddygn att debitera.",
    "no_care_day": "{day} är inget vårddygn som utskrivningsklar; dag 0 är {day0}, och dagen perioden slutar är inget.",
    "no_care_days": "Perioden som utskrivningsklar slutade på dag 0, {day0}, så den har inga vårddygn.",
    "not_over": "Vårddygnet som börjar den {day} är inte slut än.",
    "still_in": "Patienten är kvar, och inget vårddygn är avräknat än.",
    "no_rule": "Dag 0, {day0}, ligger före lagens ikraftträdande.",
    "not_in_drafts": "{day} hör till en månad som inte har beräknats här.",
}

SENTENCES: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {Language.ENGLISH: ENGLISH, Language.SWEDISH: SWEDISH}
)
