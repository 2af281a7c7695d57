"""Two named persons, one side each, and one closing of a payer's month: refused at the table, whoever writes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def plain(name: str) -> str:
    """Return SQL for a name as it is compared; the lower() of SQLite knows a to z only."""
    sql = f"lower({name})"
    for written, compared in (("Å", "å"), ("Ä", "ä"), ("Ö", "ö"), ("É", "é"), (" ", ""), (".", ""), ("-", "")):
        sql = f"replace({sql}, '{written}', '{compared}')"
    return sql


def lacking(one: str, other: str) -> str:
    """Return SQL that holds where two names are not two persons."""
    return f"{plain(one)} = '' OR {plain(other)} = '' OR {plain(one)} = {plain(other)}"


def apart(sides: str, told: str, new: str) -> str:
    """Return SQL that holds where a person acts for another side than before; `sides` compares the two acts' sides."""
    before, after = f"told.{told}", f"NEW.{new}"
    return f"told.side {sides} NEW.side AND {plain(after)} <> '' AND {plain(before)} = {plain(after)}"


BY, OTHER = '"by"', "other"
"""Columns of the two persons of an act; the first is a word of SQL too."""

ON_TWO_SIDES = " OR ".join(
    f"({apart(sides, told, new)})"
    for sides, told, new in (("<>", BY, BY), ("=", BY, OTHER), ("=", OTHER, BY), ("<>", OTHER, OTHER))
)

RULES = {
    "closing_by_two_named": (
        "closing",
        lacking("NEW.closed_by", "NEW.attested_by"),
        "a closing takes two persons",
    ),
    "closing_once_a_payer": (
        "closing",
        "NEW.version = 1 AND EXISTS (SELECT 1 FROM closing WHERE region = NEW.region AND month = NEW.month "
        "AND payer <> NEW.payer AND (payer = '' OR NEW.payer = ''))",
        "a payer and month are closed once, alone or with all",
    ),
    "decision_by_two_named": (
        "joint_decision",
        lacking("NEW.region_by", "NEW.municipality_by"),
        "a joint decision takes two persons",
    ),
    "decision_before_the_closing": (
        "joint_decision",
        "EXISTS (SELECT 1 FROM closing WHERE region = NEW.region AND month = NEW.month "
        "AND (payer = '' OR payer = NEW.payer))",
        "the month is closed",
    ),
    "review_by_the_named": (
        "review_event",
        f"{plain(f'NEW.{BY}')} = '' OR {plain(f'NEW.{BY}')} = {plain('NEW.other')}",
        "an act has a name, and another beside it only of another person",
    ),
    "review_for_one_side": (
        "review_event",
        "NEW.act <> 'opened' AND EXISTS (SELECT 1 FROM review_event AS told WHERE told.region = NEW.region "  # noqa: S608
        "AND told.month = NEW.month AND told.act <> 'opened' AND (" + ON_TWO_SIDES + "))",
        "one person acts for one side",
    ),
    "review_settled_by_both": (
        "review_event",
        f"((NEW.act = 'upheld' AND NEW.side = 'region') OR (NEW.act = 'dropped' AND NEW.side = 'municipality')) "
        f"AND {plain('NEW.other')} = ''",
        "one side alone does not settle against the other",
    ),
}
"""What is refused at INSERT, by name of the trigger: table, condition, and what the database says."""


def upgrade() -> None:
    op.add_column("review_event", sa.Column("other", sa.String(length=128), nullable=False, server_default=""))
    for name, (table, condition, says) in RULES.items():
        _refuse(name, table, condition, says)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, (table, _, _) in RULES.items():
        op.execute(f"DROP TRIGGER {name} ON {table}" if postgresql else f"DROP TRIGGER {name}")
        if postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("review_event", "other")


def _refuse(name: str, table: str, condition: str, says: str) -> None:
    """Refuse an INSERT where a condition over the new row holds."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {condition} THEN RAISE EXCEPTION '{says}'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
