"""Who is told: those who can act now, and those who prepared the form. Set-based, so that a hundred rows are one query.

Nobody is told of what they did themselves, nobody twice of the same thing, nobody who has left.
"""

from __future__ import annotations

# People who could take an open work item this moment, as `workflows.policy` decides it: named in person or by a role at
# the desk; above the filler's own level nobody who prepared the form or decided another level of the round.
# For `from … work_item w` in the caller; gives `able.person_id`. Driven from the desk: a city has more people than a desk.
ABLE = """
join lateral (
    select p.id as person_id
    from (select g.person_id from role_assignment g
            where w.person_id is null and g.role = w.role and g.department_id = w.department_id
        union all select w.person_id where w.person_id is not null) seated
        join person p on p.id = seated.person_id and p.active
    where w.level = 0 or not exists (select 1 from draft_editor e
            where e.submission_id = w.submission_id and e.person_id = p.id and e.kind = w.route_kind)
        and not exists (select 1 from opinion o
            where o.submission_id = w.submission_id and o.route_kind = w.route_kind and o.round = w.round
            and o.person_id = p.id and o.seat is not null and o.voided_by_event_id is null)
) able on w.closed_at is null
"""

# Who typed into the form or submitted it, as long as they still hold a role at the unit that it belongs to.
# For `from … submission s` in the caller; gives `prepared.person_id`.
PREPARED = """
join lateral (
    select p.id as person_id
    from (select e.person_id from draft_editor e where e.submission_id = s.id
        union select r.created_by from revision r where r.submission_id = s.id) typed
        join person p on p.id = typed.person_id and p.active
    where exists (select 1 from role_assignment g where g.person_id = p.id and g.department_id = s.department_id)
) prepared on true
"""
