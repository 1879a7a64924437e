"""Who is who: what other rooms ask of this one."""

from chalicelib.identity.flows.linking import assert_link, hear, meet, recognise, repoint_identifiers
from chalicelib.identity.flows.people import (
    describe_person,
    find_common_person,
    find_openid,
    find_person,
    find_person_by_key,
    is_following,
    key_of,
    keys_of_person,
    note_follow,
    reveal_identifier,
)

__all__ = [
    "assert_link",
    "describe_person",
    "find_common_person",
    "find_openid",
    "find_person",
    "find_person_by_key",
    "hear",
    "is_following",
    "key_of",
    "keys_of_person",
    "meet",
    "note_follow",
    "recognise",
    "repoint_identifiers",
    "reveal_identifier",
]
