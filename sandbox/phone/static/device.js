// The phone itself: frame, status bar, the screen on top, sheets and banners.

import { button, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { app } from "./app.js";
import { channels } from "./channels.js";
import { chat } from "./chat.js";
import { computer } from "./computer.js";
import { holdBrowser } from "./doors.js";
import { home, nameOf } from "./home.js";
import { mini } from "./mini.js";
import { notices, sms } from "./notices.js";
import { scanner } from "./scanner.js";
import { account, markRead, state } from "./store.js";
import { timeNow } from "./top.js";
import { t } from "./words.js";

const SCREENS = { home, chat, mini, app, sms, notices, channels, scanner, computer };
const BANNER_MS = 4500;

export function device() {
  const time = h("span", { class: "status-time" }, timeNow());
  const status = h("div", { class: "status" }, time, h("span", { class: "island" }), h("span", { class: "status-right" }, h("i", { class: "bars" }), h("i", { class: "battery" })));
  const screen = h("div", { class: "screen" });
  const sheet = h("div", { class: "sheet-place" });
  const banner = h("div", { class: "banner-place", "aria-live": "polite" });
  const bar = button(h("i"), () => go("home"), { class: "home-bar", "aria-label": t("home") });
  const node = h("div", { class: "device" }, status, screen, sheet, banner, bar);
  let shown = null, bannerTimer = 0;

  const phone = { go, ask, tell, open, back };

  function go(name, given = {}) {
    fill(sheet);
    fill(banner);
    shown?.part.leave?.();
    const forward = !shown || name !== "home";
    shown = { name, given, part: SCREENS[name](phone, given) };
    node.dataset.screen = name;
    shown.part.node.classList.add(forward ? "comes" : "appears");
    fill(screen, shown.part.node);
    remember(name, given);
    shown.part.ready?.();
    return shown.part;
  }

  function back() {
    go("home");
  }

  /** Open what a link leads to: a mini program's page, a page of this machine in a tab of its own, or word that a page lies outside. */
  function open(target) {
    if (target.appid) return account(target.appid) ? go("mini", { appid: target.appid, path: target.path, scene: target.scene, from: target.from }) : tell(t("oldKind"));
    const url = target.url ?? "";
    if (!isHere(url)) return ask((done) => [h("h2", {}, t("outsidePage")), h("p", {}, t("outsideWhy")), h("p", { class: "address" }, url), h("div", { class: "sheet-row" }, button(t("fine"), () => done(), { class: "go" }))]);
    holdBrowser();
    return ask((done) => [h("h2", {}, t("webPage")), h("p", {}, t("webPageWhy")), h("p", { class: "address" }, url.split("?")[0]), h("div", { class: "sheet-row" }, button(t("cancel"), () => done(), { class: "soft" }), h("a", { class: "go", href: url, target: "_blank", rel: "noopener noreferrer", on: { click: () => done() } }, t("openPage")))]);
  }

  function isHere(url) {
    return /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?([/?#]|$)/i.test(url);
  }

  /** A sheet from below; the promise is kept with what `done` was called with, nothing when it was dismissed. */
  function ask(draw) {
    const before = document.activeElement;
    fill(banner);
    return new Promise((keep) => {
      const done = (answer) => {
        panel.classList.add("sinks");
        fill(sheet);
        if (before?.isConnected) before.focus({ preventScroll: true });
        keep(answer);
      };
      const panel = h("div", { class: "sheet", role: "dialog", "aria-modal": "true", on: { keydown: (event) => held(event, panel, done) } });
      panel.append(...[draw(done)].flat(Infinity).filter(Boolean));
      fill(sheet, h("div", { class: "shade", on: { click: () => done() } }), panel);
      (panel.querySelector(".go") ?? panel.querySelector("button"))?.focus({ preventScroll: true });
    });
  }

  function tell(text, { title = "", act = null, drawn = "bell" } = {}) {
    clearTimeout(bannerTimer);
    const hide = () => fill(banner);
    const inner = [h("span", { class: "banner-icon" }, icon(drawn)), h("span", { class: "banner-words" }, title && h("b", {}, title), h("span", {}, text))];
    fill(banner, button(inner, () => (hide(), act?.()), { class: "banner" }));
    bannerTimer = setTimeout(hide, BANNER_MS);
  }

  function update(change) {
    time.textContent = timeNow();
    if (change.anew || change.user) return void go(shown?.name === "computer" ? "computer" : "home");
    for (const moment of change.fresh ?? []) announce(moment);
    shown?.part.update?.(change);
  }

  function announce(moment) {
    if (moment.what !== "shown" || moment.user !== state.user) return;
    if (moment.thing.via === "subscribe_message") {
      if (shown.name === "notices") return markRead("notices");
      return tell(moment.thing.text.split("\n").slice(1, 3).join("　"), { title: `${t("notices")} · ${moment.thing.content.title}`, act: () => go("notices") });
    }
    if (moment.thing.via === "sms") return shown.name === "sms" ? markRead("sms") : tell(moment.thing.text, { title: t("sms"), drawn: "sms", act: () => go("sms") });
    if (moment.thing.via === "push") return tell(moment.thing.text, { title: moment.thing.content.title, act: () => go("app") });
    if (shown.name === "chat" && shown.given.appid === moment.appid) return;
    const from = account(moment.appid);
    if (from) tell(moment.thing.text.replace(/<[^>]*>/g, ""), { title: nameOf(from), drawn: "chat", act: () => go("chat", { appid: moment.appid }) });
  }

  const resume = recall();
  go(resume.name, resume.given);
  return { node, update, leave: () => (clearTimeout(bannerTimer), shown?.part.leave?.()) };
}

function held(event, panel, done) {
  if (event.key === "Escape") return done();
  if (event.key !== "Tab") return;
  const stops = [...panel.querySelectorAll("button:not([disabled]), input, select")];
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0]).focus();
}

function remember(name, given) {
  sessionStorage.setItem("phone.screen", JSON.stringify({ name, given }));
}

/** The screen that was open before a reload or a change of language, if it still makes sense. */
function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem("phone.screen") ?? "{}");
    if (state.user && SCREENS[kept.name] && (!kept.given.appid || account(kept.given.appid))) return kept;
  } catch {
    sessionStorage.removeItem("phone.screen");
  }
  return { name: "home", given: {} };
}
