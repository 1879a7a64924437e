// The home screen: one icon for each account, and the phone's own apps.

import { button, clock, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { accounts, chatMoments, notices, person, state, texts, unread } from "./store.js";
import { nextStep } from "./story.js";
import { now, t } from "./words.js";

/** What an account is called; of several without a name the brand tells them apart. */
export function nameOf(account) {
  const brand = accounts(account.kind).length > 1 ? account.account.split(".")[0] : "";
  return account.name || brand || t("demoShop");
}

export function home(phone) {
  const node = h("div", { class: "home" });
  const update = () => {
    const held = node.contains(document.activeElement) ? document.activeElement.dataset.app : "";
    fill(node, state.user ? [greeting(), grid(phone), next(phone), dock(phone)] : state.stage?.accounts.length ? empty() : h("div", { class: "alone" }, connect(), adder()));
    if (held) node.querySelector(`[data-app="${held}"]`)?.focus();
  };
  update();
  return { node, update };
}

function greeting() {
  const date = new Date((state.now || Date.now() / 1000) * 1000);
  const day = date.toLocaleDateString(now() === "zh" ? "zh-CN" : "en-GB", { weekday: "long", month: "long", day: "numeric" });
  return h("div", { class: "home-clock" }, h("b", {}, clock(date / 1000)), h("span", {}, `${day} · ${person()?.name ?? ""}`));
}

function grid(phone) {
  const official = accounts("official_account").map((one) => tile(nameOf(one), "chat", "green", () => phone.go("chat", { appid: one.appid }), unread(`chat/${one.appid}`, chatMoments(one.appid)), t("account"), `chat-${one.appid}`));
  const minis = accounts("mini_program").map((one) => tile(nameOf(one), "leaf", "leafy", () => phone.go("mini", { appid: one.appid, path: "" }), 0, t("miniProgram"), `mini-${one.appid}`));
  const rest = [
    tile(t("brandApp"), "app", "blue", () => phone.go("app"), 0, "", "app"),
    tile(t("channels"), "play", "orange", () => phone.go("channels"), 0, "", "channels"),
    tile(t("shopComputer"), "computer", "grey", () => phone.go("computer"), 0, "", "computer"),
  ];
  return h("div", { class: "home-grid" }, official, minis, rest, !state.stage.accounts.length && connect());
}

/** A card with the next step of the story, leading to where it is done. */
function next(phone) {
  if (!accounts("official_account").length) return null;
  const step = nextStep();
  if (!step) return h("div", { class: "home-next" }, h("i", {}, icon("check")), h("span", {}, h("b", {}, t("storyDone")), h("small", {}, t("storyDoneWhy"))));
  const page = { mini: "pages/book/index", shop: "pages/index/index" }[step.app];
  const appid = accounts(page ? "mini_program" : "official_account")[0]?.appid;
  if (!appid) return null;
  const given = page ? { appid, path: page } : step.app === "chat" ? { appid } : {};
  return button([h("i", {}, String(step.number)), h("span", {}, h("small", {}, t("nextStep")), h("b", {}, t(step.label))), icon("arrow")], () => phone.go(page ? "mini" : step.app, given), { class: "home-next", "data-app": "next" });
}

function dock(phone) {
  return h("div", { class: "dock" }, [
    tile(t("scan"), "scan", "dark", () => phone.go("scanner"), 0, "", "scanner"),
    tile(t("notices"), "bell", "amber", () => phone.go("notices"), unread("notices", notices()), "", "notices"),
    tile(t("sms"), "sms", "sky", () => phone.go("sms"), unread("sms", texts()), "", "sms"),
  ]);
}

function tile(label, drawn, tint, act, count, kind, name) {
  const badge = count ? h("span", { class: "badge" }, String(count)) : null;
  return button([h("span", { class: `tile-icon ${tint}` }, icon(drawn), badge), h("span", { class: "tile-name" }, label), kind && h("small", {}, kind)], act, { class: "tile", "data-app": name });
}

function empty() {
  return h("div", { class: "nobody" }, icon("person"), h("b", {}, t("nobody")), h("p", {}, t("nobodyWhy")), adder());
}

const adder = () => button(t("addPerson"), () => document.getElementById("add-person").click(), { class: "go" });

/** A sandbox without accounts: how a backend comes to it. */
function connect() {
  const steps = ["connectApi", "connectAccounts", "connectPlay"].map((step) => h("li", {}, t(step, { origin: location.origin })));
  return h("section", { class: "connect" }, h("h2", {}, t("connectTitle")), h("p", {}, t("connectWhy")), h("ol", {}, steps), h("p", {}, t("connectOr")));
}
