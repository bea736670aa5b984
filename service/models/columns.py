"""Column kinds that every table shares."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, Enum, Identity, Numeric, Text, func
from sqlalchemy.orm import mapped_column

BigId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
Sha256 = Annotated[str, mapped_column(Text)]  # 64 hex digits
Money = Numeric(18, 6)  # 万元


def text_enum(kind: type[StrEnum]) -> Enum:
    """Text in the table, enum in Python: a new member needs no migration, unknown text fails loudly on load."""
    return Enum(
        kind, native_enum=False, create_constraint=False, values_callable=lambda k: [m.value for m in k], length=40
    )
