"""Who is told: those who can act now, and those who prepared the form. Set-based, so that a hundred rows are one query.

Nobody is told of what they did themselves, nobody twice of the same thing, nobody who has left.
"""

from __future__ import annotations

# People who could take an open work item this moment, as `workflows.policy` decides it: named in person or by a role at
# the desk, or standing in for somebody who is; above the filler's own level nobody whose eyes prepared the form or decided
# another level of the round, with this account or another.
# For `from … work_item w` in the caller; gives `able.person_id`. Driven from the desk: a city has more people than a desk.
_SEEN_BY = """(select x.id from person x where x.id in (p.id, seated.on_behalf_of)
            union select y.id from person x join person y
                on coalesce(y.same_person_as_id, y.id) = coalesce(x.same_person_as_id, x.id)
            where x.id in (p.id, seated.on_behalf_of) and (x.same_person_as_id is not null or exists (
                select 1 from person z where z.same_person_as_id = x.id)))"""
ABLE = f"""
join lateral (
    select distinct p.id as person_id
    from (select g.person_id, g.on_behalf_of from grant_in_force g
            where g.role = w.role and g.department_id = w.department_id
                and (w.person_id is null or w.person_id = g.on_behalf_of)
        union all select w.person_id, null where w.person_id is not null) seated
        join person p on p.id = seated.person_id and p.active
        cross join lateral (select array(select z.id from {_SEEN_BY} z) as ids) eyes
    where w.level = 0 or not exists (select 1 from draft_editor e
            where e.submission_id = w.submission_id and e.person_id = any(eyes.ids) and e.kind = w.route_kind)
        and not exists (select 1 from opinion o
            where o.submission_id = w.submission_id and o.route_kind = w.route_kind and o.round = w.round
            and (o.person_id = any(eyes.ids) or o.on_behalf_of_id = any(eyes.ids))
            and o.seat is not null and o.voided_by_event_id is null)
) able on w.closed_at is null
"""  # noqa: S608 - constant text, no value of a request is in it

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
