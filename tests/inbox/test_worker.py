"""The worker: one callback has one effect, however often it comes, beside what else, and wherever the worker ends."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from chalicelib.errors import Busy, LiandongError, Unknown
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.inbox import tables
from chalicelib.inbox.flows import applying
from chalicelib.inbox.words import Answered, Callback, State
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.tables import messages as outbox
from chalicelib.messaging.words import Message
from chalicelib.wechat.gateway import Follower, Gateway
from chalicelib.wechat.messages import dedupe_key
from sandbox import actions
from sandbox.actions import Phone
from tests.builders import MINI_APPID, OA_APPID, make_brand, make_rules, make_user, official_account
from tests.faults import Chaos, Crash, Fate, try_every_fault, try_seeds
from tests.scene import CARD_CALL, Scene, away

INFO = "/cgi-bin/user/info"


@pytest.fixture(autouse=True, scope="module")
def _welcome_by_card(scene: Scene) -> None:
    """Whoever follows gets a card, so that one callback has every effect there is."""
    scene.rules["rules"][0]["card"] = scene.rules["rules"][1]["card"]
    make_rules(scene.house, scene.key, scene.rules)
    scene.house.new_container()


@pytest.fixture(autouse=True)
def _clean_queues(scene: Scene) -> Iterator[None]:
    yield
    scene.house.play("/faults", method="DELETE")
    scene.take("inbox")
    scene.take("outbox")


def apply(scene: Scene, callback: Callback) -> None:
    applying.apply(callback, world=scene.house.world, now=scene.house.clock())


def deliver(scene: Scene, *callbacks: Callback) -> list[str]:
    """Hand callbacks to the worker in one batch; the places of those that failed."""
    records = [(str(place), msgspec.json.encode(callback).decode()) for place, callback in enumerate(callbacks)]
    return [failure["itemIdentifier"] for failure in scene.house.deliver("apply_callbacks", records)["batchItemFailures"]]


def follow(scene: Scene) -> tuple[str, Callback]:
    """Somebody new follows: who, and the callback of it taken off the queue."""
    user = make_user(scene.house)
    scene.follow(user)
    return user, scene.callback()


def follow_quietly(scene: Scene) -> tuple[str, Callback]:
    """The same without door and queue, for tests that need many."""
    user = make_user(scene.house)
    sandbox = scene.house.sandbox
    fields = actions.follow(Phone(sandbox, sandbox.state.users[user], sandbox.state.accounts[OA_APPID])).fields
    answered = Answered(rule="welcome", version=2)
    return user, Callback(account="demo.oa", key=dedupe_key(fields), received_at=scene.house.clock(), fields=fields, answered=answered)


def card_of(callback: Callback) -> Message | None:
    return outbox.read_message("demo", messaging.caused_id("demo", callback.account, callback.key, str(callback.answered.rule)))


def state_of(scene: Scene, callback: Callback) -> tuple[str, str]:
    """The state of a callback's row, and why it failed."""
    row = scene.row_of(callback)
    return ("", "") if row is None else (row["state"]["S"], row["why"]["S"])


def identifiers_of(scene: Scene, openid: str) -> set[str]:
    """What is known of the person with this openid."""
    world, now = scene.house.world, scene.house.clock()
    person = identity.find_person("demo", Identifier(IdentifierType.openid, openid, "oa"), world=world, now=now)
    return {shown.type.value for shown in identity.describe_person("demo", person).identifiers}


def follows(scene: Scene, openid: str) -> bool | None:
    openid_here = Identifier(IdentifierType.openid, openid, "oa")
    return identity.is_following("demo", openid_here, world=scene.house.world, now=scene.house.clock())


def check_one_effect_of_a_follow(scene: Scene, user: str, callback: Callback) -> None:
    """One row, one person, one follow state, one card that the person saw once."""
    openid = scene.openid(user)
    card = card_of(callback)
    assert card is not None
    messaging.send_message(messaging.Handover("demo", card.id), world=scene.house.world, now=scene.house.clock())

    assert state_of(scene, callback) == ("applied", "")
    assert (identifiers_of(scene, openid), follows(scene, openid)) == ({"openid", "unionid"}, True)
    assert scene.seen(user, "customer_service") == ["在线预约"]


# -- what one callback effects -----------------------------------------------------------------------------------------


def test_a_follow_makes_a_person_with_unionid_who_follows_and_gets_the_card(scene: Scene) -> None:
    user, callback = follow(scene)

    failed = deliver(scene, callback)

    assert failed == []
    check_one_effect_of_a_follow(scene, user, callback)


def test_an_unfollow_is_kept_and_a_late_older_follow_does_not_undo_it(scene: Scene) -> None:
    user, followed = follow(scene)
    scene.house.clock.advance(seconds=5)
    scene.house.play(f"/users/{user}/unfollow", {"appid": OA_APPID})
    unfollowed = scene.callback()

    failed = deliver(scene, unfollowed, followed)

    assert (failed, follows(scene, scene.openid(user))) == ([], False)


def test_a_word_makes_a_person_and_asks_wechat_nothing(scene: Scene) -> None:
    user = scene.follower()
    before = len(scene.house.wechat_calls(INFO))
    scene.say(user, "预约")

    failed = deliver(scene, callback := scene.callback())

    assert (failed, len(scene.house.wechat_calls(INFO))) == ([], before)
    assert card_of(callback) is not None


def test_a_mini_programs_customer_becomes_a_person_of_that_account(scene: Scene) -> None:
    user = scene.customer()
    scene.house.play(f"/users/{user}/send", {"appid": MINI_APPID, "msgtype": "text", "content": "你好"})

    assert deliver(scene, callback := scene.callback()) == []
    assert state_of(scene, callback) == ("applied", "")


def test_what_a_system_tells_names_nobody(scene: Scene) -> None:
    fields = {"MsgType": "event", "Event": "MASSSENDJOBFINISH", "FromUserName": "mphelper", "MsgID": "1", "Status": "send success"}
    scene.house.play("/push", {"appid": OA_APPID, "fields": fields})
    people = len(scene.house.rows("identities"))

    assert deliver(scene, callback := scene.callback()) == []
    assert (state_of(scene, callback), len(scene.house.rows("identities"))) == (("applied", ""), people)


# -- how often it comes ------------------------------------------------------------------------------------------------


def test_a_follow_delivered_three_times_and_worked_off_in_one_batch_has_one_effect(scene: Scene) -> None:
    user, callback = follow(scene)
    asked = len(scene.house.wechat_calls(INFO))

    failed = deliver(scene, callback, callback, callback)

    assert failed == []
    assert len(scene.house.wechat_calls(INFO)) == asked + 1
    check_one_effect_of_a_follow(scene, user, callback)


def test_three_deliveries_at_once_have_one_effect_in_many_interleavings(scene: Scene) -> None:
    def play(chaos: Chaos) -> None:
        scene.forget_people()
        user, callback = follow_quietly(scene)

        chaos.run(*[lambda: apply(scene, callback)] * 3)

        check_one_effect_of_a_follow(scene, user, callback)

    try_seeds(play, 8, chance=0.0)


def test_three_deliveries_at_once_have_one_effect_whatever_goes_wrong(scene: Scene) -> None:
    def play(chaos: Chaos) -> None:
        scene.forget_people()
        user, callback = follow_quietly(scene)

        chaos.run(*[lambda: apply(scene, callback)] * 3)

        check_one_effect_of_a_follow(scene, user, callback)

    try_seeds(play, 8, chance=0.1)


def test_each_fault_at_each_call_to_aws_leaves_one_effect_after_redelivery(scene: Scene) -> None:
    def play(chaos: Chaos) -> None:
        scene.forget_people()
        user, callback = follow_quietly(scene)

        chaos.run(lambda: apply(scene, callback))

        check_one_effect_of_a_follow(scene, user, callback)

    fates = (Fate.crashes_before, Fate.crashes_after, Fate.throttled, Fate.answer_lost)

    assert try_every_fault(play, fates=fates) > 40


class TroubledGateway(Gateway):
    """One call for a follower goes wrong, before or after it was made; the later ones go well."""

    def __init__(self, real: Gateway, trouble: BaseException, *, after: bool) -> None:
        self._real = real
        self._trouble: BaseException | None = trouble
        self._after = after

    def fetch_follower(self, token: str, openid: str) -> Follower:
        trouble, self._trouble = self._trouble, None
        if trouble is not None and not self._after:
            raise trouble
        follower = self._real.fetch_follower(token, openid)
        if trouble is not None:
            raise trouble
        return follower


@pytest.mark.parametrize("trouble", [Crash(), Busy(code="wechat_busy"), Unknown(), RuntimeError("a mistake of ours")])
@pytest.mark.parametrize("after", [False, True])
def test_trouble_with_wechat_leaves_one_effect_after_redelivery(scene: Scene, trouble: BaseException, after: bool) -> None:
    user, callback = follow(scene)
    world = msgspec.structs.replace(scene.house.world, wechat=TroubledGateway(scene.house.world.wechat, trouble, after=after))

    with pytest.raises(type(trouble)):
        applying.apply(callback, world=world, now=world.now())
    between = state_of(scene, callback)
    applying.apply(callback, world=world, now=world.now())

    assert between == _kept_after(trouble)
    check_one_effect_of_a_follow(scene, user, callback)


def _kept_after(trouble: BaseException) -> tuple[str, str]:
    if isinstance(trouble, Crash):
        return "kept", ""
    return "failed", trouble.code if isinstance(trouble, LiandongError) else type(trouble).__name__


def test_a_failure_while_another_worker_has_applied_it_does_not_undo_that(scene: Scene) -> None:
    _, callback = follow(scene)
    apply(scene, callback)
    kept = tables.read("demo", "oa", callback.key)
    assert kept is not None

    tables.mark_failed(kept, "wechat_busy")

    assert state_of(scene, callback) == ("applied", "")


def test_a_row_that_is_gone_is_not_written_again_by_its_outcome(scene: Scene) -> None:
    _, callback = follow(scene)
    apply(scene, callback)
    kept = tables.read("demo", "oa", callback.key)
    assert kept is not None
    tables.CallbackRow(f"demo#oa#{callback.key}", "@").delete()

    tables.mark_failed(kept, "wechat_busy")
    tables.mark_applied(kept)

    assert scene.row_of(callback) is None


def test_a_second_keeping_changes_nothing_of_the_first(scene: Scene) -> None:
    _, callback = follow(scene)
    apply(scene, callback)
    kept = tables.read("demo", "oa", callback.key)
    assert kept is not None

    again = tables.keep(msgspec.structs.replace(kept, state=State.waiting, sealed="other"))

    assert (again, tables.read("demo", "oa", callback.key)) == (False, kept)


# -- what was answered counts ------------------------------------------------------------------------------------------


def test_the_rules_of_the_version_that_answered_decide_though_others_are_in_force_now(scene: Scene) -> None:
    user = scene.follower()
    scene.take("outbox")
    scene.say(user, "预约")
    callback = scene.callback()
    changed = msgspec.json.decode(msgspec.json.encode(scene.rules))
    changed["rules"][1]["card"]["title"] = "新的卡片"
    make_rules(scene.house, scene.key, changed)
    scene.house.new_container()

    deliver(scene, callback)
    scene.house.work()
    seen = scene.seen(user, "customer_service")
    make_rules(scene.house, scene.key, scene.rules)

    assert seen[-1] == "在线预约"


def test_a_repeat_that_other_rules_answered_has_no_card_of_its_own(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker ended after it had planned the first delivery's card; what comes next is WeChat's repeat, answered by newer rules."""
    user = scene.follower()
    scene.take("outbox")
    scene.say(user, "预约")
    first = scene.callback()
    repeat = msgspec.structs.replace(first, answered=msgspec.structs.replace(first.answered, rule="welcome"))

    def end(kept: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(tables, "mark_applied", end)
        with pytest.raises(Crash):
            apply(scene, first)
    failed = deliver(scene, repeat, first)

    assert (failed, state_of(scene, first)) == ([], ("applied", ""))
    assert (card_of(first) is not None, card_of(repeat)) == (True, None)


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_busy_wechat_fails_the_callback_with_its_code_but_not_what_needs_no_wechat(scene: Scene) -> None:
    user, callback = follow(scene)
    scene.house.play("/faults", {"path": INFO, "errcode": -1})

    failed = deliver(scene, callback)
    state = state_of(scene, callback)
    scene.house.work_off("outbox")

    assert (failed, state) == (["0"], ("failed", "wechat_busy"))
    assert follows(scene, scene.openid(user)) is True
    assert scene.seen(user, "customer_service") == ["在线预约"]
    assert deliver(scene, callback) == []
    assert state_of(scene, callback) == ("applied", "")
    assert scene.seen(user, "customer_service") == ["在线预约"]


def test_an_account_that_may_not_ask_for_unionids_does_without(scene: Scene) -> None:
    user, callback = follow(scene)
    scene.house.play("/faults", {"path": INFO, "errcode": 48001})

    failed = deliver(scene, callback)

    assert (failed, state_of(scene, callback)) == ([], ("applied", ""))
    assert identifiers_of(scene, scene.openid(user)) == {"openid"}


def test_another_refusal_of_wechat_fails_the_callback(scene: Scene) -> None:
    _, callback = follow(scene)
    scene.house.play("/faults", {"path": INFO, "errcode": 40003})

    failed = deliver(scene, callback)

    assert (failed, state_of(scene, callback)) == (["0"], ("failed", "wechat_declined"))


def test_a_token_wechat_revokes_meanwhile_is_renewed_once_and_nothing_is_lost(scene: Scene) -> None:
    scene.follower()
    user, callback = follow(scene)
    scene.house.play("/tokens/revoke", {"appid": OA_APPID})
    minted = len(scene.house.wechat_calls("/cgi-bin/stable_token"))

    failed = deliver(scene, callback)

    assert failed == []
    assert len(scene.house.wechat_calls("/cgi-bin/stable_token")) == minted + 1
    check_one_effect_of_a_follow(scene, user, callback)


def test_only_the_record_that_failed_comes_again(scene: Scene) -> None:
    good, better = follow(scene)[1], follow(scene)[1]
    foreign = msgspec.structs.replace(good, account="other.oa")
    bodies = [msgspec.json.encode(each).decode() for each in (good, foreign, better)]

    answer = scene.house.deliver("apply_callbacks", [("a", bodies[0]), ("b", bodies[1]), ("c", "{"), ("d", bodies[2])])

    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["b", "c"]
    assert [state_of(scene, callback)[0] for callback in (good, better)] == ["applied", "applied"]


def test_tables_that_are_away_leave_the_callback_to_the_queue(scene: Scene) -> None:
    user, callback = follow(scene)

    with away("dynamodb"):
        failed = deliver(scene, callback)
    again = deliver(scene, callback)

    assert (failed, again) == (["0"], [])
    check_one_effect_of_a_follow(scene, user, callback)


def test_two_brands_with_equal_callbacks_do_not_share_them(scene: Scene) -> None:
    rival = make_brand(scene.house, "rival")
    order = official_account(callback_mode="plain")
    scene.house.call("POST", "/v1/accounts", order, key=rival)
    user = scene.follower()
    scene.say(user, "预约")
    ours = scene.callback()
    theirs = msgspec.structs.replace(ours, account="rival.oa", answered=Answered(rule=None, version=0))

    failed = deliver(scene, theirs)
    between = state_of(scene, ours), state_of(scene, theirs), card_of(ours)
    deliver(scene, ours)

    assert (failed, between) == ([], (("", ""), ("applied", ""), None))
    assert (state_of(scene, ours), card_of(ours) is not None) == (("applied", ""), True)


def test_a_card_that_comes_too_late_is_skipped_and_the_callback_applied(scene: Scene) -> None:
    user, callback = follow(scene)
    scene.house.clock.advance(seconds=61)

    failed = deliver(scene, callback)
    scene.house.work_off("outbox")
    card = card_of(callback)

    assert card is not None
    assert (failed, card.state.value, card.why) == ([], "skipped_expired", "")
    assert scene.sends(scene.openid(user), CARD_CALL) == []


def test_what_was_said_is_sealed_in_its_row(scene: Scene) -> None:
    user = scene.follower()
    scene.take("outbox")
    scene.say(user, "我的电话是秘密")

    deliver(scene, callback := scene.callback())
    row = str(scene.row_of(callback))

    assert ("秘密" in row, scene.openid(user) in row) == (False, False)


def test_who_wants_no_marketing_gets_none_although_what_follows_their_words_fails(scene: Scene) -> None:
    assert scene.house.call("PUT", "/v1/contact-policy", {"stop_words": ["预约"]}, key=scene.key)[0] == 201
    user = scene.follower()
    scene.house.clock.advance(seconds=61)
    scene.say(user, "预约")
    (body,) = scene.take("inbox")

    with away("dynamodb/messages"):
        failed = scene.house.deliver("apply_callbacks", [("c", body)])["batchItemFailures"]

    who = {"type": "openid", "value": scene.openid(user), "account": "demo.oa"}
    person = scene.house.call("POST", "/v1/people/lookup", who, key=scene.key)[1]["id"]
    told = scene.house.call("GET", f"/v1/people/{person}/permissions", key=scene.key)[1]
    assert (len(failed), told["marketing"]) == (1, "denied")
