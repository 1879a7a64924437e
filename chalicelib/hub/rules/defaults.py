"""The built-in dictionary: the types of records every brand has. Pure."""

from __future__ import annotations

from chalicelib.hub.words.dictionary import Field, FieldType, Mode, Personal, RecordType

ORDER_STATES = {
    **dict.fromkeys(("待支付", "待付款", "未支付", "未付款", "pending", "unpaid", "wait_pay", "created"), 0),
    **dict.fromkeys(("已支付", "已付款", "待发货", "paid", "wait_ship", "to_ship"), 1),
    **dict.fromkeys(("已发货", "待收货", "配送中", "shipped", "delivering", "sent"), 2),
    **dict.fromkeys(("已完成", "已收货", "已签收", "交易成功", "done", "completed", "finished", "received"), 3),
    **dict.fromkeys(("已取消", "已关闭", "交易关闭", "cancelled", "canceled", "closed"), 4),
}
RESERVATION_STATES = {
    **dict.fromkeys(("待确认", "pending", "requested"), 0),
    **dict.fromkeys(("已确认", "已预约", "confirmed", "booked"), 1),
    **dict.fromkeys(("已到店", "已完成", "done", "arrived", "completed"), 2),
    **dict.fromkeys(("已取消", "cancelled", "canceled"), 4),
    **dict.fromkeys(("爽约", "未到店", "no_show"), 5),
}
LINE = {
    "sku": Field(type=FieldType.text, aliases=("sku_id", "item_id", "product_id", "goods_id", "商品编号"), required=True, longest=128),
    "title": Field(type=FieldType.text, aliases=("name", "product_name", "goods_name", "商品名称", "商品")),
    "quantity": Field(type=FieldType.integer, aliases=("qty", "num", "count", "数量")),
    "price_fen": Field(type=FieldType.money, aliases=("price", "unit_price", "单价", "价格")),
}
LINES = Field(type=FieldType.items, aliases=("lines", "products", "goods", "商品列表"), fields=LINE, longest=500)
TIMES = {
    "created_at": Field(type=FieldType.time, aliases=("create_time", "created_time", "下单时间", "创建时间")),
    "updated_at": Field(type=FieldType.time, aliases=("update_time", "modified_at", "更新时间")),
}
BEHAVIOUR = "event"
"""What somebody did, such as looking at a page: kept in the archive and counted by the day, never changed and never listed."""
DEFAULTS: dict[str, RecordType] = {
    BEHAVIOUR: RecordType(
        fields={
            "name": Field(
                type=FieldType.text, aliases=("event", "event_name", "事件", "事件名"), required=True, mode=Mode.block, longest=48
            ),
            "properties": Field(type=FieldType.anything, aliases=("props", "params", "属性"), personal=Personal.hidden),
        }
    ),
    "order": RecordType(
        fields={
            "state": Field(
                type=FieldType.choice,
                aliases=("status", "order_status", "order_state", "订单状态", "状态"),
                choices=ORDER_STATES,
                required=True,
                mode=Mode.quarantine,
            ),
            "total_fen": Field(
                type=FieldType.money,
                aliases=("total", "amount", "pay_amount", "total_amount", "订单金额", "实付金额", "金额"),
                mode=Mode.quarantine,
            ),
            "refunded_fen": Field(
                type=FieldType.money, aliases=("refunded", "refund_amount", "refund", "退款金额", "已退金额"), mode=Mode.quarantine
            ),
            "items": LINES,
            "paid_at": Field(type=FieldType.time, aliases=("pay_time", "paid_time", "支付时间")),
            "shipped_at": Field(type=FieldType.time, aliases=("ship_time", "发货时间")),
            "completed_at": Field(type=FieldType.time, aliases=("finish_time", "完成时间")),
            "correction": Field(type=FieldType.flag, aliases=("更正",)),
            "receiver_name": Field(type=FieldType.text, aliases=("收货人", "receiver"), personal=Personal.masked, longest=64),
            "receiver_phone": Field(type=FieldType.phone, aliases=("收货电话", "收货人手机"), personal=Personal.masked),
            "receiver_address": Field(type=FieldType.text, aliases=("address", "收货地址"), personal=Personal.hidden),
            "entry": Field(type=FieldType.text, longest=64),
            "live_id": Field(type=FieldType.text, aliases=("直播间",), longest=128),
            "note": Field(type=FieldType.text, aliases=("remark", "备注"), longest=2000, personal=Personal.hidden),
            **TIMES,
        }
    ),
    "member": RecordType(
        fields={
            "name": Field(type=FieldType.text, aliases=("姓名", "real_name", "nickname", "昵称"), personal=Personal.masked, longest=64),
            "gender": Field(type=FieldType.gender, aliases=("sex", "性别")),
            "birthday": Field(type=FieldType.text, aliases=("生日", "birth"), personal=Personal.hidden, longest=32),
            "level": Field(type=FieldType.text, aliases=("等级", "会员等级", "grade"), longest=64),
            "points": Field(type=FieldType.integer, aliases=("积分",)),
            "city": Field(type=FieldType.text, aliases=("城市",), longest=64),
            "joined_at": Field(type=FieldType.time, aliases=("入会时间", "join_time", "register_time")),
            **TIMES,
        }
    ),
    "lead": RecordType(
        fields={
            "name": Field(type=FieldType.text, aliases=("姓名", "称呼", "名字"), personal=Personal.masked, longest=64),
            "phone": Field(
                type=FieldType.phone, aliases=("手机号", "手机", "电话", "联系电话", "手机号码", "mobile"), personal=Personal.masked
            ),
            "component": Field(type=FieldType.text, longest=128),
            **TIMES,
        }
    ),
    "cart": RecordType(fields={"items": LINES, **TIMES}),
    "favourite": RecordType(
        fields={
            "sku": Field(type=FieldType.text, aliases=("sku_id", "item_id", "product_id", "goods_id"), required=True, longest=128),
            "title": Field(type=FieldType.text, aliases=("name", "product_name")),
            "on": Field(type=FieldType.flag, aliases=("active", "is_favourite")),
            **TIMES,
        }
    ),
    "reservation": RecordType(
        fields={
            "state": Field(
                type=FieldType.choice, aliases=("status", "状态"), choices=RESERVATION_STATES, required=True, mode=Mode.quarantine
            ),
            "service": Field(type=FieldType.text, aliases=("服务", "service_name", "item"), longest=128),
            "store": Field(type=FieldType.text, aliases=("门店", "shop", "store_name"), longest=128),
            "starts_at": Field(type=FieldType.time, aliases=("预约时间", "time", "reserved_at"), required=True, mode=Mode.quarantine),
            "ends_at": Field(type=FieldType.time),
            "contact_phone": Field(type=FieldType.phone, aliases=("联系电话", "phone", "mobile"), personal=Personal.masked),
            **TIMES,
        }
    ),
}
