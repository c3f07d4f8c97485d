"""Cases are looked up by the conversation that filed them (查进度 without a receipt): an index for it."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_cases_conversation", "cases", ["conversation"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_cases_conversation", table_name="cases")
