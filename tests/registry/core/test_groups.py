"""Rules of groups: who decides who belongs, and that a group never loses its last owner."""

from hypothesis import given
from hypothesis import strategies as st

from registry.core.groups import may_be_invited, may_become, may_decide_membership
from registry.core.roles import Role, role_of_word
from registry.core.transfers import may_leave_owner, may_offer, may_take
from registry.ids import MemberId

ROLES = st.dictionaries(st.sampled_from([MemberId(name) for name in "abcd"]), st.sampled_from(Role), min_size=1)


@given(roles=ROLES, member=st.sampled_from([MemberId(name) for name in "abcd"]), role=st.sampled_from([*Role, None]))
def test_whatever_is_allowed_leaves_an_owner(roles: dict[MemberId, Role], member: MemberId, role: Role | None):
    if Role.OWNER not in roles.values():
        return
    if may_become(roles, member, role).allowed:
        after = {**roles, member: role}
        assert Role.OWNER in after.values()


@given(roles=ROLES, role=st.sampled_from([*Role, None]))
def test_nobody_from_outside_gets_a_role(roles: dict[MemberId, Role], role: Role | None):
    assert not may_become(roles, MemberId("stranger"), role).allowed


def test_only_owners_decide():
    assert [may_decide_membership(role).allowed for role in (None, *Role)] == [False, False, False, True]
    assert [may_offer(role, what="x").allowed for role in (None, *Role)] == [False, False, False, True]
    assert [may_take(role, what="x").allowed for role in (None, *Role)] == [False, False, False, True]


def test_who_may_be_invited():
    roles = {MemberId("a"): Role.OWNER}
    assert may_be_invited(roles, MemberId("b"), suspended=False).allowed
    assert not may_be_invited(roles, MemberId("b"), suspended=True).allowed
    assert not may_be_invited(roles, MemberId("a"), suspended=False).allowed


def test_a_namespace_of_its_owners_name_stays():
    assert not may_leave_owner("ada", "ada").allowed
    assert may_leave_owner("lab", "ada").allowed


def test_roles_are_written_as_words():
    assert [role_of_word(role.word) for role in Role] == list(Role)
