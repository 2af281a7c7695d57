"""Reviews, joint decisions and restatements of closed months, guarded by the database itself."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("review_event", "joint_decision")

RULES = {
    "closing_takes_two": (
        "closing",
        "NEW.attested_by = '' OR lower(trim(NEW.attested_by)) = lower(trim(NEW.closed_by))",
        "a closing takes two persons",
    ),
    "closing_in_order": (
        "closing",
        "NEW.version < 1 OR (NEW.version > 1 AND NOT EXISTS (SELECT 1 FROM closing WHERE region = NEW.region "
        "AND month = NEW.month AND payer = NEW.payer AND version = NEW.version - 1))",
        "a restatement follows the version before it",
    ),
    "closing_restates_forward": (
        "closing",
        "(NEW.version = 1) <> (NEW.charged_in = '') OR (NEW.charged_in <> '' AND NEW.charged_in <= NEW.month)",
        "a restatement is charged in a later month, a closing in its own",
    ),
    "closing_adjusts_open_months": (
        "closing",
        "NEW.charged_in <> '' AND EXISTS (SELECT 1 FROM closing WHERE region = NEW.region "
        "AND month = NEW.charged_in AND (payer = NEW.payer OR payer = '' OR NEW.payer = ''))",
        "a restatement is charged in a month that is not closed",
    ),
    "review_ends_with_the_closing": (
        "review_event",
        "NEW.act IN ('opened', 'agreed', 'disputed') AND EXISTS (SELECT 1 FROM closing WHERE region = NEW.region "
        "AND month = NEW.month AND (payer = '' OR payer = NEW.payer))",
        "the month is closed",
    ),
    "decision_takes_two": (
        "joint_decision",
        "lower(trim(NEW.region_by)) = lower(trim(NEW.municipality_by))",
        "a joint decision takes two persons",
    ),
}
"""What is refused at INSERT, by name of the trigger: table, condition, and what the database says."""


def upgrade() -> None:
    op.add_column("closing", sa.Column("attested_by", sa.String(length=128), nullable=False, server_default=""))
    op.add_column("closing", sa.Column("charged_in", sa.String(length=7), nullable=False, server_default=""))
    op.create_index("ix_closing_charged_in", "closing", ["region", "charged_in"], unique=False)
    op.create_table(
        "review_event",
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("payer", sa.String(length=140), nullable=False),
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("matter", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("region", "month", "number"),
    )
    op.create_table(
        "joint_decision",
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("payer", sa.String(length=140), nullable=False),
        sa.Column("clause", sa.String(length=128), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("region_by", sa.String(length=128), nullable=False),
        sa.Column("municipality_by", sa.String(length=128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "payer", "clause", "month"),
    )
    for table in APPEND_ONLY:
        for forbidden in ("UPDATE", "DELETE"):
            _guard(table, forbidden)
    for name, (table, condition, says) in RULES.items():
        _refuse(name, table, condition, says)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, (table, _, _) in RULES.items():
        op.execute(f"DROP TRIGGER {name} ON {table}" if postgresql else f"DROP TRIGGER {name}")
        if postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("joint_decision")
    op.drop_table("review_event")
    op.drop_index("ix_closing_charged_in", table_name="closing")
    op.drop_column("closing", "charged_in")
    op.drop_column("closing", "attested_by")


def _guard(table: str, forbidden: str) -> None:
    """Refuse a change; PostgreSQL's function is that of the first tables."""
    name = f"{table}_no_{forbidden}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {forbidden} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {forbidden} ON {table} FOR EACH ROW EXECUTE FUNCTION hemgang_append_only()"
    )


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
