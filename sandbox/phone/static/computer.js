// The shop's own computer: the key with which it asks the backend, and what it has booked.

import { bar } from "./bar.js";
import { fill, h } from "./dom.js";
import { saveKey } from "./doors.js";
import { icon } from "./icons.js";
import { person, state } from "./store.js";
import { t } from "./words.js";

export function computer(phone) {
  const now = h("b", { class: "key-now" });
  const said = h("p", { class: "said", role: "status" });
  const bookings = h("div", { class: "group" });
  const key = h("input", { class: "field", name: "key", type: "password", autocomplete: "off", spellcheck: "false", "aria-label": t("keyTitle"), placeholder: t("keyPlace") });
  const form = h("form", { class: "key-form", on: { submit } }, key, h("button", { class: "go" }, t("keySave")));
  const head = h("div", { class: "computer-head" }, h("span", { class: "computer-icon" }, icon("computer")), h("h2", {}, t("keyTitle")), h("p", {}, t("keyWhy")));
  const node = h("div", { class: "chat pale" }, bar(phone, t("shopComputer")), h("div", { class: "paper plain" }, head, h("div", { class: "group" }, h("div", { class: "cell" }, h("span", {}, icon("key"), t("keyNow")), now), form), said, h("h3", {}, t("shopBookings")), bookings));

  async function submit(event) {
    event.preventDefault();
    const wanted = key.value.trim();
    if (!/^[!-~]{1,4096}$/.test(wanted)) return void (said.textContent = t("keyWhole"));
    const kept = await saveKey(wanted);
    key.value = "";
    said.textContent = kept.ok ? t("keySaved") : t("lost");
  }

  function update(change) {
    if (!change.stage) return;
    now.textContent = state.stage.backend_key || t("keyNone");
    const found = state.stage.bookings.slice(-5).reverse();
    fill(bookings, found.length ? found.map((one) => h("div", { class: "cell" }, h("span", {}, icon("calendar"), `${one.slot} · ${one.service}`), h("small", {}, person(one.user)?.name ?? ""))) : h("div", { class: "cell dim" }, t("noBookings")));
  }

  update({ stage: true });
  return { node, update };
}
