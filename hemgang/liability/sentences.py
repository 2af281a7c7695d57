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
    "counted_in_mean": "{name}: the day is not charged by itself; it counts in the mean of {payer} in {month}.",
    "not_in_mean": "{name}: the day is not charged by itself, and the period is not in the mean of {payer} in {month}.",
    "mean": "The mean is {sum} days over {population} discharged = {value}; the threshold is {threshold}.",
    "charged_by_mean": "{payer} is charged {care_days} care days for {month} by its mean ({name}).",
    "free_by_mean": "{payer} is charged nothing for {month} by its mean ({name}).",
    "mean_longest": "The {shown} longest, with ready days: {longest}. {at_once} left on day 0.",
    "mean_rests_on": "It rests on the ready notice and the end of everyone counted: {messages}.",
    "mean_empty": "Nobody is in the population of {payer} in {month}, so it is exempt.",
    "mean_exempt": "That is not above it, so {payer} pays nothing for {month}.",
    "mean_not_in_a_row": "It was not so in each of the {months} months that the clause asks for, so {payer} pays "
    "nothing.",
    "mean_above_threshold": "The excess is ({value} - {threshold}) x {population} = {care_days} care days, "
    "{amount} kr for {payer} in {month}.",
    "mean_rounded": "The mean is rounded to {decimals} decimals first.",
    "mean_free": "{days} ready days fewer in the month, and {payer} would have paid nothing.",
    "not_decided": "The clause waits for a decision of both parties for {month}, and none is recorded.",
    "decided": "Both parties' decision for {month} is recorded.",
    "free_if_left": "A discharge on {last} at the latest would have cost nothing under this clause.",
    "free_if_share": "{count} more out by day {within}, and {payer} would have been exempt in {month}.",
    "suspended": "Liability is suspended: this is computed, not to be paid.",
    "weekdays": "{name} leaves {free} weekdays free after day 0, {day0}; charging begins on {begins}.",
    "period_withdrawn": "The ready notice was withdrawn on {ended}, so the days of this ready period do not count.",
    "period_moved": "The ready date was moved on {ended}, so the days of this ready period do not count.",
    "period_died": "The patient died on {ended}, and such a period does not count.",
    "period_discharged": "The period ended by discharge on {ended}, and such a period does not count.",
    "period_cancelled": "The episode was cancelled on {ended}, so nothing of it counts.",
    "on_leave": "The whole care day falls inside a leave.",
    "also": "The same date is charged by {also} as well; it is paid once.",
    "rests_on": "It rests on these messages: {messages}. If one falls away and none takes its place, it is not "
    "charged.",
    "review": "It is on the joint review list.",
    "one_missing": "Only this is missing.",
    "several_missing": "{count} things are missing; each must be put right.",
    "repair": "What would repair it: {repair}",
    "who_ward": "Who can still do it: the ward, or whoever keeps the hospital's records.",
    "who_care_contact": "Who can still do it: the fixed care contact, or the outpatient unit for that person.",
    "who_care_contact_unit": "Who can still do it: the region's outpatient unit.",
    "who_administration": "Who can still do it: the hospital's administration, with the municipality.",
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
    "counted_in_mean": "{name}: dygnet debiteras inte för sig; det räknas i genomsnittet för {payer} i {month}.",
    "not_in_mean": "{name}: dygnet debiteras inte för sig, och perioden ingår inte i genomsnittet för {payer} i "
    "{month}.",
    "mean": "Genomsnittet är {sum} dagar på {population} utskrivna = {value}; nivån är {threshold}.",
    "charged_by_mean": "{payer} debiteras {care_days} vårddygn för {month} efter genomsnittet ({name}).",
    "free_by_mean": "{payer} debiteras inget för {month} efter genomsnittet ({name}).",
    "mean_longest": "De {shown} längsta, med dagar som utskrivningsklara: {longest}. {at_once} skrevs ut dag 0.",
    "mean_rests_on": "Det vilar på underrättelsen och slutet för var och en som räknas: {messages}.",
    "mean_empty": "Ingen ingår i beräkningen för {payer} i {month}, så den är befriad.",
    "mean_exempt": "Det är inte över nivån, så {payer} betalar inget för {month}.",
    "mean_not_in_a_row": "Så var det inte i var och en av de {months} månader som villkoret kräver, så {payer} betalar "
    "inget.",
    "mean_above_threshold": "Överskottet är ({value} - {threshold}) x {population} = {care_days} vårddygn, "
    "{amount} kr för {payer} i {month}.",
    "mean_rounded": "Genomsnittet avrundas först till {decimals} decimaler.",
    "mean_free": "Med {days} färre dagar som utskrivningsklara i månaden hade {payer} inte betalat något.",
    "not_decided": "Villkoret väntar på båda parters beslut för {month}, och inget är antecknat.",
    "decided": "Båda parters beslut för {month} är antecknat.",
    "free_if_left": "En utskrivning senast den {last} hade inte kostat något enligt detta villkor.",
    "free_if_share": "Med {count} fler utskrivna senast dag {within} hade {payer} varit befriad i {month}.",
    "suspended": "Betalningsansvaret är vilande: detta är beräknat men ska inte betalas.",
    "weekdays": "{name} ger {free} fria vardagar efter dag 0, {day0}; debiteringen börjar den {begins}.",
    "period_withdrawn": "Underrättelsen återtogs den {ended}, så dygnen i den här perioden räknas inte.",
    "period_moved": "Datumet som utskrivningsklar flyttades den {ended}, så dygnen i den här perioden räknas inte.",
    "period_died": "Patienten avled den {ended}, och en sådan period räknas inte.",
    "period_discharged": "Perioden slutade med utskrivning den {ended}, och en sådan period räknas inte.",
    "period_cancelled": "Vårdtillfället makulerades den {ended}, så inget av det räknas.",
    "on_leave": "Hela vårddygnet ligger inom en permission.",
    "also": "Samma datum debiteras även enligt {also}; det betalas en gång.",
    "rests_on": "Det vilar på dessa meddelanden: {messages}. Faller ett bort utan att ett annat träder i dess ställe "
    "debiteras det inte.",
    "review": "Det står på listan för gemensam granskning.",
    "one_missing": "Bara detta saknas.",
    "several_missing": "{count} saker saknas; var och en måste rättas.",
    "repair": "Detta skulle läka det: {repair}",
    "who_ward": "Det kan ännu göras av: vårdavdelningen, eller den som för sjukhusets journal.",
    "who_care_contact": "Det kan ännu göras av: den fasta vårdkontakten, eller den öppna vårdens enhet för denna.",
    "who_care_contact_unit": "Det kan ännu göras av: regionens enhet i den öppna vården.",
    "who_administration": "Det kan ännu göras av: sjukhusets administration, tillsammans med kommunen.",
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
