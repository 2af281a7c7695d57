"""Reads who an agreement binds and when: its [agreement] table, suspensions and dispute ladder."""

from agreements.disputes import read_disputes
from agreements.kinds import county_code, day, municipality_codes, one_word
from agreements.model import Agreement
from agreements.names import STATUTE
from agreements.rows import CitedKeys, Place, Row
from agreements.suspensions import read_suspensions
from agreements.toml_text import TomlFile

PLAIN = ("title", "version", "source")


def read_head(file: TomlFile) -> Agreement:
    """Read who the agreement binds and when it holds.

    Raises:
        AgreementFileError: a key is missing, unknown or of the wrong kind, or a citation is missing.
    """
    row = Row(file.table("agreement"), Place(file=file, header="agreement", nth=0, title="agreement"))
    facts = CitedKeys(row, source=row.text("source"))
    valid_from = facts.take("valid_from", day)
    valid_to = facts.take("valid_to", day) if "valid_to" in row.table else None
    parties = facts.take("parties", municipality_codes) if "parties" in row.table else ()
    if "fallback" in row.table:
        facts.take("fallback", one_word(STATUTE))
    approved = facts.take("approved", day) if "approved" in row.table and file.name != STATUTE else None
    row.allow((*PLAIN, *facts.keys, *(() if file.name == STATUTE else ("region",))))
    if valid_to is not None and valid_to < valid_from:
        raise row.error("valid_to", "comes before valid_from")
    return Agreement(
        name=file.name,
        title=row.text("title"),
        version=row.text("version"),
        digest=file.digest,
        region=None if file.name == STATUTE else row.read("region", county_code),
        source=row.text("source"),
        valid_from=valid_from,
        valid_to=valid_to,
        citation=facts.citations[0],
        citations=tuple(facts.citations),
        parties=parties,
        approved=approved,
        suspensions=read_suspensions(file, source=row.text("source")),
        disputes=read_disputes(file, source=row.text("source")),
    )
