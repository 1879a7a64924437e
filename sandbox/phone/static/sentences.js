// What one moment of the log is in plain words: who did what, what was answered, and the details of it.

import { account, person } from "./store.js";
import { nameOf } from "./home.js";
import { posterName } from "./scanner.js";
import { has, now, t } from "./words.js";

const CALLS = { "/cgi-bin/stable_token": "api_stable_token", "/cgi-bin/token": "api_token", "/sns/jscode2session": "api_jscode2session", "/wxa/business/getuserphonenumber": "api_getuserphonenumber", "/cgi-bin/user/info": "api_info", "/cgi-bin/message/custom/send": "api_custom_send", "/cgi-bin/message/subscribe/send": "api_subscribe_send", "/cgi-bin/media/upload": "api_upload", "/cgi-bin/menu/create": "api_menu_create", "/cgi-bin/qrcode/create": "api_qrcode_create" };
const ASKS = { "/v1/sessions/mini-program": "cl_login", "/v1/me": "cl_me", "/v1/me/orders": "cl_orders", "/v1/me/permissions": "cl_permissions", "/v1/me/phone": "cl_phone", "/v1/sms-codes": "cl_sms", "/v1/sessions/phone": "cl_sessions_phone", "/v1/sessions/app": "cl_sessions_app", "/v1/sessions/current": "cl_log_out", "/v1/sessions/refresh": "cl_refresh", "/v1/messages": "sh_messages", "/v1/records": "sh_records", "/v1/entries/stats": "sh_ways" };
const LONGEST = 60;

export function tellSentence(moment) {
  const who = moment.user ? (person(moment.user)?.name ?? moment.user) : t("somebody");
  const tell = { push: tellPush, call: tellCall, client: tellAsk, shop: tellAsk }[moment.what];
  return tell(moment, now() === "en" || !moment.user ? who : ` ${who} `.trim());
}

const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
const plain = (text) => cut(String(text ?? "").replace(/<[^>]*>/g, "").replace(/\s+/g, " "));
const nameAt = (appid) => (account(appid) ? nameOf(account(appid)) : appid);

function tellPush({ appid, thing: { fields, deliveries } }, who) {
  const final = deliveries.at(-1);
  return { text: pushText(fields, appid, who), ...outcome(final, deliveries.length), details: [[t("d_account"), `${nameAt(appid)} · ${appid}`], [t("d_event"), fields], [t("d_reply"), final?.reply], [t("d_tries"), deliveries.map((one) => `${one.outcome} · ${one.status ?? "–"} · ${one.ms} ms${one.reason ? ` · ${one.reason}` : ""}`).join("\n")]] };
}

function pushText(fields, appid, who) {
  if (fields.MsgType !== "event") {
    const key = `msg_${fields.MsgType}`;
    return t(has(key) ? key : "msg_other", { who, kind: fields.MsgType, text: plain(fields.Content ?? fields.Label) });
  }
  const scene = String(fields.EventKey ?? "").replace(/^qrscene_/, "");
  const key = fields.Event === "subscribe" && scene ? "ev_subscribe_poster" : `ev_${fields.Event}`;
  return t(has(key) ? key : "ev_other", { who, account: nameAt(appid), poster: posterName(scene), key: scene, event: fields.Event });
}

function outcome(delivery, count) {
  if (!delivery) return { answer: t("out_none"), mood: "sorry" };
  const tries = count > 1 ? t("tries", { count }) : "";
  if (delivery.outcome === "acknowledged") return { answer: t("out_acknowledged") + tries, mood: "calm" };
  if (delivery.outcome === "replied") {
    const { MsgType: kind, Content: content } = delivery.reply;
    return { answer: (content ? t("out_replied", { text: plain(content) }) : t("out_replied_kind", { kind })) + tries, mood: "good" };
  }
  return { answer: t(delivery.outcome === "unreachable" ? "out_gone" : `out_${delivery.outcome}`, { status: delivery.status }) + tries, mood: "sorry" };
}

function tellCall({ thing }, who) {
  const kind = `kind_${thing.body?.msgtype}`;
  const text = t(CALLS[thing.path] ?? "api_other", { who, path: thing.path, what: has(kind) ? t(kind) : "" });
  const fine = thing.errcode === 0 && thing.status === 200;
  return { text, answer: fine ? t("wx_fine") : t("wx_error", { errcode: thing.errcode || thing.status }), mood: fine ? "calm" : "sorry", details: [[t("d_call"), `${thing.method} ${thing.path}`], [t("d_request"), thing.body ?? thing.query], [t("d_answer"), thing.answer], [t("d_took"), t("ms", { ms: thing.ms })]] };
}

function tellAsk({ thing }, who) {
  const key = thing.path === "/v1/me/phone" && thing.body?.phone ? "cl_phone_sms" : ASKS[thing.path];
  const text = t(key ?? "cl_other", { who, path: thing.path });
  const missing = (thing.status === 403 && thing.answer?.message) || thing.answer?.Code === "path_missing" || (thing.status === 404 && !thing.answer?.Code);
  const [answer, mood] = thing.status === 0 ? [t("out_gone"), "sorry"] : thing.status < 300 ? [t("be_fine"), "good"] : missing ? [t("be_missing"), "calm"] : [t("be_refused", { code: thing.answer?.Code ?? thing.status }), "sorry"];
  return { text, answer, mood, details: [[t("d_call"), `${thing.method} ${thing.origin}${thing.path} → ${thing.status}`], [t("d_request"), thing.body], [t("d_answer"), thing.answer], [t("d_took"), t("ms", { ms: thing.ms })]] };
}
