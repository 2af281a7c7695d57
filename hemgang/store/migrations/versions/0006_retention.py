"""Retention: append-only tables let old rows go, under a pass of the same transaction only, and nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("access_anchor", "retained_out", "retention_run", "sealed_month")

PASS = "EXISTS (SELECT 1 FROM retention_pass WHERE kind = "  # noqa: S105  no password
OF_AN_EPISODE = (
    f"{PASS}'episodes' AND subject = OLD.episode "  # noqa: S608  fixed text
    "AND NOT EXISTS (SELECT 1 FROM message WHERE episode = OLD.episode AND at >= older_than))"
)
FIVE_YEARS_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-5 years')",
    "postgresql": "now() - interval '5 years'",
}
"""By the database's own clock: HSLF-FS 2016:40 4 kap. 9 §, whatever a rule or a program says."""

DELETED = {
    "message": f"{PASS}'episodes' AND subject = OLD.episode AND OLD.at < older_than)",
    "duty_revision": OF_AN_EPISODE,
    "acknowledgement": OF_AN_EPISODE,
    "attempt": f"{PASS}'episodes') AND NOT EXISTS (SELECT 1 FROM alert WHERE bundle = OLD.bundle)",  # noqa: S608
    "forecast": f"{PASS}'forecasts' AND subject = OLD.region AND OLD.made_at < older_than)",
    "access": f"OLD.at < FIVE_YEARS_AGO AND {PASS}'access_log' AND OLD.at < older_than) "  # noqa: S608
    "AND EXISTS (SELECT 1 FROM access_anchor AS a JOIN access AS kept ON kept.seq = a.seq + 1 WHERE a.seq >= OLD.seq)",
}
"""What may be deleted, by table; of the access log only what an anchor stands for, and never the last row."""

SAME_CLOSING = " AND ".join(
    f"NEW.{name} = OLD.{name}"
    for name in (
        *("id", "region", "month", "payer", "version", "status", "hash", "as_of", "closed_at", "closed_by"),
        *("decision", "attested_by", "charged_in"),
    )
)
SAME_ACT = " AND ".join(
    f"NEW.{name} = OLD.{name}"
    for name in ("region", "month", "number", "act", "at", '"by"', "side", "payer", "day", "content", "matter", "other")
)
CHANGED = {
    "closing": f"{SAME_CLOSING} AND NEW.body LIKE '%\"removed\": {{%' AND {PASS}'closings' "
    "AND subject = OLD.region || ' ' || OLD.month || ' ' || OLD.payer AND OLD.closed_at < older_than)",
    "review_event": f"{SAME_ACT} AND NEW.reason = '' AND {PASS}'closings' AND subject IN "
    "(OLD.region || ' ' || OLD.month || ' ', OLD.region || ' ' || OLD.month || ' ' || OLD.payer) "
    "AND OLD.at < older_than)",
}
"""What may be changed, by table: the rows of a closed month and the words of its disputes may go, no more."""

SEALED = (
    "EXISTS (SELECT 1 FROM sealed_month WHERE region = NEW.region AND month = NEW.month "
    "AND (payer = NEW.payer OR NEW.payer = ''))"
)
SAID = "the details of the month are gone"


def upgrade() -> None:
    _tables()
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        for forbidden in ("UPDATE", "DELETE"):
            _guard(table, forbidden)
    if postgresql:
        op.execute(_function(DELETED, CHANGED))
    else:
        for forbidden, allowed in (("DELETE", DELETED), ("UPDATE", CHANGED)):
            for table, condition in allowed.items():
                op.execute(f"DROP TRIGGER {table}_no_{forbidden}")
                _guard(table, forbidden, unless=condition.replace("FIVE_YEARS_AGO", FIVE_YEARS_AGO["sqlite"]))
    _refuse_sealed(postgresql=postgresql)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(
        "DROP TRIGGER closing_has_its_details ON closing" if postgresql else "DROP TRIGGER closing_has_its_details"
    )
    if postgresql:
        op.execute("DROP FUNCTION closing_has_its_details()")
        op.execute(_function({}, {}))
    else:
        for forbidden, allowed in (("DELETE", DELETED), ("UPDATE", CHANGED)):
            for table in allowed:
                op.execute(f"DROP TRIGGER {table}_no_{forbidden}")
                _guard(table, forbidden)
    for table in ("access_anchor", "sealed_month", "retained_out", "retention_run"):
        op.drop_table(table)
    op.drop_index(op.f("ix_retention_pass_subject"), table_name="retention_pass")
    op.drop_table("retention_pass")


def _tables() -> None:
    op.create_table(
        "retention_pass",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("follows", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("older_than", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["follows"], ["retention_pass.id"], deferrable=True, initially="DEFERRED"),
        sa.CheckConstraint("follows > id"),
    )
    op.create_index(op.f("ix_retention_pass_subject"), "retention_pass", ["subject"], unique=False)
    op.create_table(
        "retention_run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("controller", sa.String(length=140), nullable=False),
        sa.Column("keep", sa.String(length=40), nullable=False),
        sa.Column("since", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.String(length=10), nullable=False),
        sa.Column("newest", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "retained_out",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("payer", sa.String(length=140), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", BIG, nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "sealed_month",
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("payer", sa.String(length=140), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "month", "payer"),
    )
    op.create_table(
        "access_anchor",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("row_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )


def _guard(table: str, forbidden: str, *, unless: str = "") -> None:
    """Refuse a change, on SQLite unless a condition over the old row (and the new one) holds."""
    name = f"{table}_no_{forbidden}"
    if op.get_bind().dialect.name == "sqlite":
        when = f"WHEN NOT ({unless}) " if unless else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {forbidden} ON {table} {when}"
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {forbidden} ON {table} FOR EACH ROW EXECUTE FUNCTION hemgang_append_only()"
    )


def _function(deleted: dict[str, str], changed: dict[str, str]) -> str:
    """Return PostgreSQL's one function of all the guards; replacing it takes no lock on any table."""
    cases = [
        f"IF TG_OP = '{operation}' AND TG_TABLE_NAME = '{table}' THEN "
        f"IF {condition.replace('FIVE_YEARS_AGO', FIVE_YEARS_AGO['postgresql'])} THEN RETURN {row}; END IF; END IF;"
        for operation, allowed, row in (("DELETE", deleted, "OLD"), ("UPDATE", changed, "NEW"))
        for table, condition in allowed.items()
    ]
    return (
        "CREATE OR REPLACE FUNCTION hemgang_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {' '.join(cases)} RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )


def _refuse_sealed(*, postgresql: bool) -> None:
    """Refuse a restatement of a month whose details are gone, also from a program that knows nothing of retention."""
    name = "closing_has_its_details"
    if not postgresql:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON closing WHEN {SEALED} BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {SEALED} THEN RAISE EXCEPTION '{SAID}'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON closing FOR EACH ROW EXECUTE FUNCTION {name}()")
