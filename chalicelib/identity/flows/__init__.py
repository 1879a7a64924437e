"""The front door of the identity room: who is who, as other rooms ask it. What lies behind it may move from file to file."""

from chalicelib.identity.flows.folding import accounts_followed, fold, fold_again, fold_each
from chalicelib.identity.flows.linking import assert_link, hear, meet, recognise
from chalicelib.identity.flows.people import (
    describe_person,
    find_common_person,
    find_openid,
    find_person,
    find_person_by_key,
    is_following,
    key_of,
    keys_of_each,
    keys_of_person,
    known_since,
    known_since_each,
    note_follow,
    persons_of,
    resolve_keys,
    reveal_identifier,
    unionids_of,
)
from chalicelib.identity.flows.pointers import push_tokens_of, reveal_push_token

__all__ = [
    "accounts_followed",
    "assert_link",
    "describe_person",
    "find_common_person",
    "find_openid",
    "find_person",
    "find_person_by_key",
    "fold",
    "fold_again",
    "fold_each",
    "hear",
    "is_following",
    "key_of",
    "keys_of_each",
    "keys_of_person",
    "known_since",
    "known_since_each",
    "meet",
    "note_follow",
    "persons_of",
    "push_tokens_of",
    "recognise",
    "resolve_keys",
    "reveal_identifier",
    "reveal_push_token",
    "unionids_of",
]
