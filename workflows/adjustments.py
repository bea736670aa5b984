"""Adjustments after approval: where one comes from.

An approved form never changes in place: an adjustment is a form of its own, reviewed by its own route, whose reply takes the
place of the approved targets (财预〔2015〕88号 art 28; domain guide, section 2.5).
"""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """Where an adjustment comes from: the cases that products in use distinguish (domain guide, section 2.5)."""

    OWN_REQUEST = "own_request"  # 自行申请
    CONTENT_CHANGED = "content_changed"  # 项目内容变更
    BUDGET_ADJUSTMENT = "budget_adjustment"  # 预算追加追减
    BUDGET_REALLOCATION = "budget_reallocation"  # 预算调剂
    MONITORING = "monitoring"  # 监控触发
