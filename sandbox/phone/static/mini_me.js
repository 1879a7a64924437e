// Whom the backend knows: identities, phone number, bookings, orders, permissions; what it does not offer is said in plain words.

import { button, clock, fill, h } from "./dom.js";
import { act, offerOf } from "./doors.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { cell, identityCells } from "./identities.js";
import { askAs, tokenOf } from "./session.js";
import { account, person, state } from "./store.js";
import { face } from "./top.js";
import { sorry, t } from "./words.js";

const [LOOKS, BETWEEN_MS] = [20, 700];

/** `bought`: an order the till has just brought, which the backend lists once it has stored it. */
export function mePage(program, { bought = "" } = {}) {
  const { appid, phone } = program;
  const who = person();
  const since = h("small", {}, "");
  const known = h("div", { class: "group" });
  const bookings = h("div", { class: "group" });
  const orders = h("div", { class: "group" });
  const permissions = h("div", { class: "group" });
  const givePhone = button([icon("key"), t("givePhone")], askPhone, { class: "soft wide", id: "give-phone" });
  const bind = h("div", { class: "bind" }, givePhone);
  const head = h("header", { class: "me-head" }, face(who), h("div", {}, h("h2", {}, who.name), since));
  const node = h("div", { class: "me-page" }, head, h("h3", {}, t("myIdentity")), known, bind, h("h3", {}, t("myBookings")), bookings, h("h3", {}, t("myOrders")), orders, h("h3", {}, t("myPermissions")), permissions);

  async function load() {
    if (!tokenOf(appid)) return void [known, orders, permissions].forEach((place) => fill(place, cell(program.status() ? sorry(program.status()) : t("loggingIn"), "", true)));
    const offer = await offerOf(appid);
    if (!offer.has("POST /v1/me/phone")) fill(bind, h("div", { class: "group" }, cell([icon("key"), t("givePhone")], t("notYet"), true)));
    await Promise.all([loadMe(), loadOrders(offer), loadPermissions(offer)]);
  }

  async function loadMe() {
    const answer = await askAs(appid, "GET", "/v1/me");
    if (answer.outcome !== "fine") return void fill(known, unhappy(answer.outcome));
    const { first_at } = answer.body?.person ?? {};
    since.textContent = first_at ? t("knownSince", { at: clock(Date.parse(first_at) / 1000) }) : "";
    fill(known, identityCells(answer.body?.person));
    givePhone.hidden = Boolean(answer.body?.person?.identifiers?.some((one) => one.type === "phone"));
  }

  async function loadOrders(offer, looks = LOOKS) {
    const list = await listOf(offer, orders, "/v1/me/orders", "records");
    if (list && bought && looks && !list.some((one) => one.id === bought)) return void setTimeout(() => node.isConnected && loadOrders(offer, looks - 1), BETWEEN_MS);
    if (list) fill(orders, list.length ? list.map((one) => cell(String(one.id ?? ""), aboutOrder(one.data ?? {}))) : cell(t("noOrders"), "", true));
  }

  async function loadPermissions(offer) {
    if (!offer.has("GET /v1/me/permissions")) return void fill(permissions, unhappy("missing"));
    showPermissions(await askAs(appid, "GET", "/v1/me/permissions"));
  }

  /** What may be sent to this person on every end; marketing is let in and shut out here. */
  function showPermissions({ outcome, body }) {
    if (outcome !== "fine") return void fill(permissions, unhappy(outcome));
    const granted = body.marketing !== "granted";
    const change = async () => showPermissions(await askAs(appid, "PUT", "/v1/me/permissions", { say: [{ about: "marketing", granted }] }));
    const [marketing, service] = [body.marketing, body.service].map((allowed) => t(`allowed_${allowed}`));
    const turn = button(t(granted ? "letMarketingIn" : "stopMarketing"), change, { class: "soft wide", id: "turn-marketing" });
    fill(permissions, cell(t("serviceMessages"), service), cell(t("marketingMessages"), marketing), turn);
  }

  /** What a door lists; where it lists nothing, the place says why, and nothing comes back. */
  async function listOf(offer, place, path, name) {
    if (!offer.has(`GET ${path}`)) return void fill(place, unhappy("missing"));
    const answer = await askAs(appid, "GET", path);
    return answer.outcome === "fine" ? listIn(answer.body, name) : void fill(place, unhappy(answer.outcome));
  }

  async function askPhone() {
    const number = person().phone;
    const allowed = await phone.ask((done) => [
      h("header", { class: "sheet-brand" }, h("span", { class: "card-mark" }, icon("leaf")), h("b", {}, nameOf(account(appid))), h("span", {}, t("asksPhone"))),
      h("p", { class: "fine-print" }, t("phoneWhy")),
      h("div", { class: "sheet-choice" }, icon("check"), h("div", {}, h("b", {}, `${number.slice(0, 3)}****${number.slice(-4)}`), h("small", {}, t("wechatPhone")))),
      h("div", { class: "sheet-row" }, button(t("refuse"), () => done(false), { class: "soft" }), button(t("allow"), () => done(true), { class: "go", id: "allow" })),
    ]);
    if (!allowed) return;
    const { code } = await act("phone-code", { appid });
    const answer = code ? await askAs(appid, "POST", "/v1/me/phone", { code }) : { outcome: "unreachable" };
    phone.tell(answer.outcome === "fine" ? t("phoneGiven") : sorry(answer.outcome), { title: t("givePhone"), drawn: "key" });
    if (answer.outcome === "fine") loadMe();
  }

  function update(change) {
    if (!change.stage) return;
    const mine = state.stage.bookings.filter((one) => one.user === state.user && one.appid === appid).slice(-5).reverse();
    fill(bookings, mine.length ? mine.map((one) => cell(one.service, one.slot)) : cell(t("noBookings"), "", true));
  }

  load();
  update({ stage: true });
  return { node, update, loggedIn: load };
}

/** A list, wherever the answer keeps it; an object of settings counts by its names. */
function listIn(body, name) {
  const found = Array.isArray(body) ? body : (body?.[name] ?? body?.items ?? body ?? []);
  return Array.isArray(found) ? found : Object.keys(found);
}

/** An order's state and money, as far as it tells them. */
function aboutOrder({ state, total_fen: fen }) {
  return [t("orderStates").split(",")[state], Number.isFinite(fen) && `¥${(fen / 100).toFixed(2)}`].filter(Boolean).join(" · ");
}

const unhappy = (outcome) => cell(sorry(outcome), "", true);
