"""Templates of messages, as an account has them."""

from __future__ import annotations

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

OF_MESSAGES = "/cgi-bin/template/get_all_private_template"
OF_SUBSCRIPTIONS = "/wxaapi/newtmpl/gettemplate"
LONG_TERM = 3


class TemplateTold(msgspec.Struct, frozen=True):
    """A template of an account. `content`: lines such as `时间：{{time2.DATA}}`; `values`: what keywords of the kind `enum` may say."""

    id: str
    title: str
    content: str
    example: str
    long_term: bool = False
    values: dict[str, tuple[str, ...]] = {}


class _Message(msgspec.Struct):
    template_id: str
    title: str = ""
    content: str = ""
    example: str = ""


class _MessagesFields(msgspec.Struct):
    template_list: list[_Message] = []


class _Values(msgspec.Struct, rename="camel"):
    keyword_code: str = ""
    enum_value_list: list[str] = []


class _Subscription(msgspec.Struct, rename="camel"):
    pri_tmpl_id: str
    title: str = ""
    content: str = ""
    example: str = ""
    type: int = 2
    keyword_enum_value_list: list[_Values] = []


class _SubscriptionsFields(msgspec.Struct):
    data: list[_Subscription] = []


class TemplateCalls(Calls):
    """The calls that list templates. `token`: the account's own."""

    def list_message_templates(self, token: str) -> list[TemplateTold]:
        """Templates of template messages (模板消息), of service accounts.

        https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates
        """
        answer = self._call("get", OF_MESSAGES, params=[("access_token", token)])
        told = read_answer(OF_MESSAGES, answer, _MessagesFields).template_list
        return [TemplateTold(each.template_id, each.title, each.content, each.example) for each in told]

    def list_subscription_templates(self, token: str) -> list[TemplateTold]:
        """Templates of subscribe messages (订阅消息) and subscription notices (订阅通知).

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/getMessageTemplateList.html
        """
        answer = self._call("get", OF_SUBSCRIPTIONS, params=[("access_token", token)])
        told = read_answer(OF_SUBSCRIPTIONS, answer, _SubscriptionsFields).data
        return [
            TemplateTold(
                each.pri_tmpl_id,
                each.title,
                each.content,
                each.example,
                each.type == LONG_TERM,
                {listed.keyword_code.removesuffix(".DATA"): tuple(listed.enum_value_list) for listed in each.keyword_enum_value_list},
            )
            for each in told
        ]
