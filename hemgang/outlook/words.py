"""The words of a payer's standing, in English and Swedish: one sentence a key, with the same blanks in both."""

from collections.abc import Mapping
from types import MappingProxyType

from hemgang.liability.sentences import Language

ENGLISH: Mapping[str, str] = {
    "nobody": "{name}: free so far: nobody counted has been discharged ({clause})",
    "one": "{name}: one discharge from free: {early} of {all} in time, {threshold} needed ({clause})",
    "needs": "{name}: not free: {early} of {all} in time, {threshold} needed; {needed} more in time will do ({clause})",
    "never": "{name}: not free: {early} of {all} in time, {threshold} needed; out of reach ({clause})",
    "edge": "{name}: free, but the next late discharge ends it: {early} of {all} in time ({clause})",
    "bears": "{name}: free: {early} of {all} in time; bears {bearable} more late ({clause})",
    "free": "{name}: free: {early} of {all} in time ({clause})",
    "below": "{name}: not above: {days} days over {all}, mean {mean}, threshold {threshold}; room for {room} days "
    "({clause})",
    "above": "{name}: {over} days above: {days} days over {all}, mean {mean}, threshold {threshold} ({clause})",
    "excused": "{name}: {over} days above, but not so many months in a row: mean {mean}, threshold {threshold} "
    "({clause})",
    "waits": "{name}: waits for both parties' decision ({clause})",
    "decided": "{name}: both parties have decided ({clause})",
    "decides": "can still leave in time: {episodes}",
    "cost": "failing costs {amount} kr ({care_days} care days) with what is known now",
    "unpriced": "failing costs {care_days} care days; their amount is not known",
}

SWEDISH: Mapping[str, str] = {
    "nobody": "{name}: befriad hittills: ingen som räknas är utskriven ({clause})",
    "one": "{name}: en utskrivning från befrielse: {early} av {all} i tid, {threshold} krävs ({clause})",
    "needs": "{name}: inte befriad: {early} av {all} i tid, {threshold} krävs; {needed} till i tid räcker ({clause})",
    "never": "{name}: inte befriad: {early} av {all} i tid, {threshold} krävs; det kan inte nås ({clause})",
    "edge": "{name}: befriad, men nästa sena utskrivning bryter det: {early} av {all} i tid ({clause})",
    "bears": "{name}: befriad: {early} av {all} i tid; tål {bearable} sena till ({clause})",
    "free": "{name}: befriad: {early} av {all} i tid ({clause})",
    "below": "{name}: inte över: {days} dagar på {all}, snitt {mean}, gräns {threshold}; rum för {room} dagar "
    "({clause})",
    "above": "{name}: {over} dagar över: {days} dagar på {all}, snitt {mean}, gräns {threshold} ({clause})",
    "excused": "{name}: {over} dagar över, men inte så många månader i rad: snitt {mean}, gräns {threshold} ({clause})",
    "waits": "{name}: väntar på parternas gemensamma beslut ({clause})",
    "decided": "{name}: parternas gemensamma beslut finns ({clause})",
    "decides": "kan ännu skrivas ut i tid: {episodes}",
    "cost": "att inte klara villkoret kostar {amount} kr ({care_days} vårddygn) med vad som är känt nu",
    "unpriced": "att inte klara villkoret kostar {care_days} vårddygn; beloppet är inte känt",
}

WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType({Language.ENGLISH: ENGLISH, Language.SWEDISH: SWEDISH})
"""Every sentence by language and key."""
