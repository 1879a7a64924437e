// Service notices and the SMS inbox: what came, newest at the bottom.

import { bar, emptiness } from "./bar.js";
import { button, clock, fill, h } from "./dom.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { account, markRead, notices as arrived, texts } from "./store.js";
import { t } from "./words.js";

export function notices(phone) {
  return list(phone, "notices", arrived, (moment) => notice(phone, moment), emptiness("bell", t("noNotices"), t("noNoticesWhy")));
}

export function sms(phone) {
  return list(phone, "sms", texts, text, emptiness("sms", t("noSms"), t("noSmsWhy")));
}

function list(phone, name, find, draw, empty) {
  const paper = h("div", { class: "paper notices", role: "log", tabindex: "0" });
  const node = h("div", { class: "chat" }, bar(phone, t(name)), paper);
  let drawn = -1;
  const update = () => {
    const found = find();
    markRead(name);
    if (found.length === drawn) return;
    drawn = found.length;
    fill(paper, found.length ? found.map(draw) : empty);
    paper.scrollTo({ top: paper.scrollHeight });
  };
  update();
  return { node, update, ready: () => paper.scrollTo({ top: paper.scrollHeight }) };
}

function notice(phone, moment) {
  const [title, ...lines] = moment.thing.text.split("\n");
  const from = account(moment.appid);
  const open = () => phone.open({ appid: moment.appid, path: moment.thing.content.page ?? "" });
  const rows = lines.map((one) => {
    const [name, ...value] = one.split("：");
    return h("div", { class: "notice-row" }, h("dt", {}, name), h("dd", {}, value.join("：")));
  });
  return [h("div", { class: "chat-time" }, clock(moment.at)), h("article", { class: "notice" }, h("header", {}, h("span", { class: "card-mark" }, icon("leaf")), from ? nameOf(from) : ""), h("h2", {}, title), h("dl", {}, rows), button([t("enterMini"), icon("arrow")], open, { class: "notice-open" }))];
}

function text(moment) {
  return [h("div", { class: "chat-time" }, clock(moment.at)), h("div", { class: "sms" }, moment.thing.text)];
}
