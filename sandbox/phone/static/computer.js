// The shop's own computer: the key with which it asks the backend, where people came from, what it has sold and booked.

import { bar } from "./bar.js";
import { button, fill, h } from "./dom.js";
import { saveKey, tellWays } from "./doors.js";
import { icon } from "./icons.js";
import { price } from "./mini_shop.js";
import { accounts, person, state } from "./store.js";
import { t } from "./words.js";

export function computer(phone) {
  const now = h("b", { class: "key-now" });
  const said = h("p", { class: "said", role: "status" });
  const bookings = h("div", { class: "group" });
  const ways = h("div", { class: "group" });
  const look = button(t("waysLook"), () => loadWays(), { class: "soft small", id: "look-ways" });
  const sales = h("div", { class: "group" });
  const key = h("input", { class: "field", name: "key", type: "password", autocomplete: "off", spellcheck: "false", "aria-label": t("keyTitle"), placeholder: t("keyPlace") });
  const form = h("form", { class: "key-form", on: { submit } }, key, h("button", { class: "go" }, t("keySave")));
  const head = h("div", { class: "computer-head" }, h("span", { class: "computer-icon" }, icon("computer")), h("h2", {}, t("keyTitle")), h("p", {}, t("keyWhy")));
  const node = h("div", { class: "chat pale" }, bar(phone, t("shopComputer")), h("div", { class: "paper plain" }, head, h("div", { class: "group" }, h("div", { class: "cell" }, h("span", {}, icon("key"), t("keyNow")), now), form), said, h("div", { class: "with-act" }, h("h3", {}, t("shopWays")), look), ways, h("h3", {}, t("shopSales")), sales, h("h3", {}, t("shopBookings")), bookings));

  async function submit(event) {
    event.preventDefault();
    const wanted = key.value.trim();
    if (!/^[!-~]{1,4096}$/.test(wanted)) return void (said.textContent = t("keyWhole"));
    const kept = await saveKey(wanted);
    key.value = "";
    said.textContent = kept.ok ? t("keySaved") : t("lost");
  }

  /** What each way in has brought: what was bought a moment ago takes one. */
  async function loadWays() {
    const [program] = accounts("mini_program");
    if (!program) return void fill(ways, h("div", { class: "cell dim" }, t("noWays")));
    look.disabled = true;
    const { told, stats } = await tellWays(program.appid);
    look.disabled = false;
    if (told !== "fine") return void fill(ways, h("div", { class: "cell dim", "data-told": told }, t(`ways_${told}`)));
    const lines = [...stats.entries.filter((one) => one.visits || one.orders), stats.unattributed];
    fill(ways, lines.map(way));
  }

  function update(change) {
    if (!change.stage) return;
    now.textContent = state.stage.backend_key || t("keyNone");
    const found = state.stage.bookings.slice(-5).reverse();
    const sold = state.stage.sales.slice(-5).reverse();
    fill(sales, sold.length ? sold.map((one) => h("div", { class: "cell" }, h("span", {}, icon("gift"), `${one.item} · ${price(one.fen)}`), h("small", {}, person(one.user)?.name ?? ""))) : h("div", { class: "cell dim" }, t("noOrders")));
    fill(bookings, found.length ? found.map((one) => h("div", { class: "cell" }, h("span", {}, icon("calendar"), `${one.slot} · ${one.service}`), h("small", {}, person(one.user)?.name ?? ""))) : h("div", { class: "cell dim" }, t("noBookings")));
  }

  update({ stage: true });
  return { node, update, ready: () => void loadWays() };
}

/** The way of one entry from its visits to its orders; what nobody knows the way of comes last. */
function way(line) {
  const figures = [["wayVisits", line.visits], ["wayFollows", line.follows], ["wayLogins", line.registrations], ["wayOrders", line.orders]];
  return h("div", { class: line.entry ? "way" : "way dim", "data-entry": line.entry ?? "" }, h("b", {}, line.entry ? (line.name ?? line.entry) : t("wayUnknown")), h("b", { class: "way-money" }, price(line.money_fen)), h("div", { class: "way-figures" }, figures.map(([label, number]) => h("span", {}, h("b", {}, String(number)), t(label)))));
}
