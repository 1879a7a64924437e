// Booking a slot: choose, allow one notice, and the shop's computer takes it from there.

import { button, fill, h } from "./dom.js";
import { act, bookSlot } from "./doors.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { price, SERVICES } from "./mini_shop.js";
import { account, state } from "./store.js";
import { t } from "./words.js";

const HOURS = [[1, 10, 30], [1, 15, 0], [2, 11, 0], [2, 16, 30]];
const REMINDERS = [["remindSoon", 0], ["remindMinute", 60]];
const two = (number) => String(number).padStart(2, "0");

export function bookPage(program, { service = SERVICES[0].id } = {}) {
  const node = h("div", { class: "book-page" });
  const chosen = { service, slot: 0, remind: 0 };

  function choices(name, options) {
    return h("div", { class: "choices", role: "group" }, options.map(([value, label, small]) => button([h("b", {}, label), small && h("small", {}, small)], () => choose(name, value), { class: "choice", "aria-pressed": String(chosen[name] === value), "data-choice": `${name}-${value}` })));
  }

  function choose(name, value) {
    chosen[name] = value;
    draw();
    node.querySelector(`[data-choice="${name}-${value}"]`)?.focus();
  }

  function draw() {
    fill(
      node,
      h("h3", {}, t("chooseService")),
      choices("service", SERVICES.map((one) => [one.id, t(one.id), price(one.price_fen)])),
      h("h3", {}, t("chooseSlot")),
      choices("slot", HOURS.map(([day, hour, minute], index) => [index, `${two(hour)}:${two(minute)}`, t(day === 1 ? "tomorrow" : "dayAfter")])),
      h("h3", {}, t("remind")),
      choices("remind", REMINDERS.map(([label, seconds]) => [seconds, t(label)])),
      button(t("bookNow"), book, { class: "go wide", id: "book-now" }),
    );
  }

  async function book() {
    const { template, allowed } = await askLeave(program);
    const slot = slotOf(chosen.slot);
    const said = await bookSlot({ appid: program.appid, template_id: allowed ? template.id : "", service: t(chosen.service), slot: slot.words, time: slot.time, page: "pages/me/index", remind_after_s: chosen.remind });
    showDone(slot, template && !allowed && said.ok ? "refusedByPerson" : (said.reminder ?? "unreachable"));
  }

  function showDone(slot, reminder) {
    fill(
      node,
      h("div", { class: "done" }, h("span", { class: "done-mark" }, icon("check")), h("h2", {}, t("booked")), h("p", {}, t("bookedLine", { slot: slot.words, service: t(chosen.service) })), h("p", { class: reminder === "planned" ? "done-note good" : "done-note", role: "status", "data-reminder": reminder }, t(`reminder_${reminder}`)), button(t("bookAgain"), draw, { class: "soft" }), reminder === "no_key" && button(t("shopComputer"), () => program.phone.go("computer"), { class: "go" })),
    );
    node.querySelector("button").focus({ preventScroll: true });
  }

  draw();
  return { node };
}

/** WeChat's sheet that asks for one message; without a template nobody is asked. */
async function askLeave({ phone, appid }) {
  const template = account(appid).templates[0];
  if (!template) return { template: null, allowed: false };
  const answer = await phone.ask((done) => [
    h("header", { class: "sheet-brand" }, h("span", { class: "card-mark" }, icon("leaf")), h("b", {}, nameOf(account(appid))), h("span", {}, t("asksToSend"))),
    h("div", { class: "sheet-choice" }, icon("check"), h("div", {}, h("b", {}, template.title), h("small", {}, template.keywords.join(" · ")))),
    h("p", { class: "fine-print" }, t("onceOnly")),
    h("div", { class: "sheet-row" }, button(t("refuse"), () => done("reject"), { class: "soft", id: "refuse" }), button(t("allow"), () => done("accept"), { class: "go", id: "allow" })),
  ]);
  await act("subscribe", { appid, template_id: template.id, answer: answer ?? "reject" });
  return { template, allowed: answer === "accept" };
}

function slotOf(index) {
  const [day, hour, minute] = HOURS[index];
  const date = new Date((state.now || Date.now() / 1000) * 1000 + day * 86_400_000);
  const at = `${two(hour)}:${two(minute)}`;
  return { words: `${date.getMonth() + 1}/${date.getDate()} ${at}`, time: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${at}` };
}
