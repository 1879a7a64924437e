// The demo shop's mini program: opens at a path, logs in, and goes through its three pages.

import { button, fill, h } from "./dom.js";
import { act } from "./doors.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { bookPage } from "./mini_book.js";
import { mePage } from "./mini_me.js";
import { shopPage } from "./mini_shop.js";
import { logIn, tokenOf } from "./session.js";
import { account, can, state } from "./store.js";
import { sorry, t } from "./words.js";

const PAGES = { "pages/index/index": ["tabShop", "home", shopPage], "pages/book/index": ["tabBook", "calendar", bookPage], "pages/me/index": ["tabMe", "person", mePage] };
const HOME = "pages/index/index";

export function mini(phone, { appid, path = "", scene = 1001, from = "" }) {
  const [wanted, query = ""] = path.replace(/^\//, "").split("?");
  const here = account(appid);
  const title = h("h1", {}, nameOf(here));
  const capsule = h("div", { class: "capsule" }, button(icon("more"), () => phone.tell(nameOf(here), { drawn: "leaf" }), { "aria-label": t("tools") }), button(icon("target"), () => phone.back(), { "aria-label": t("close"), id: "mini-close" }));
  const login = h("div", { class: "login-line", role: "status" });
  const brought = h("p", { class: "launch-line", hidden: !query }, query && [icon("link"), h("code", {}, decode(query))]);
  const body = h("div", { class: "mini-body" });
  const tabs = h("nav", { class: "mini-tabs" });
  const node = h("div", { class: "mini" }, h("div", { class: "mini-bar" }, title, capsule), h("div", {}, login, brought), body, tabs);
  let page = null, path_ = "", outcome = "";

  const program = { appid, phone, goTo, status: () => outcome, query: new URLSearchParams(query) };

  function goTo(name, given = {}) {
    path_ = name in PAGES ? name : HOME;
    page = PAGES[path_][2](program, given);
    node.dataset.path = path_;
    title.textContent = path_ === HOME ? nameOf(here) : t(PAGES[path_][0]);
    fill(body, page.node);
    body.scrollTo(0, 0);
    fill(tabs, Object.entries(PAGES).map(([target, [label, drawn]]) => button([icon(drawn), h("span", {}, t(label))], () => target !== path_ && browse(target), { class: "mini-tab", "aria-current": target === path_ ? "page" : null, "data-path": target })));
  }

  function browse(target) {
    goTo(target);
    if (can("browse")) act("browse", { appid, path: target });
  }

  async function begin() {
    const user = state.user;
    const launch = await enter();
    if (!tokenOf(appid) || query) {
      say(t("loggingIn"), "busy");
      outcome = await logIn(appid, launch);
      if (state.user !== user || !node.isConnected) return;
      say(outcome === "fine" ? t("loggedIn") : sorry(outcome), outcome === "fine" ? "fine" : "sorry");
    } else outcome = "fine";
    page.loggedIn?.();
  }

  /** Open the mini program at WeChat, which says how; that goes along with the login, as it is. */
  async function enter() {
    const told = can("launch") ? await act("launch", { appid, path: wanted in PAGES ? wanted : HOME, query, scene, referrer_appid: from }) : {};
    if (!told.launch) return null;
    const { path: page, query: parameters, scene: value, referrerInfo } = told.launch;
    return { scene: value, path: page, query: parameters, ...(referrerInfo?.appId && { referrer_appid: referrerInfo.appId }) };
  }

  function say(words, mood) {
    login.className = `login-line ${mood}`;
    login.textContent = words;
    if (mood !== "busy") setTimeout(() => login.classList.add("gone"), mood === "fine" ? 1800 : 5000);
  }

  goTo(wanted);
  return { node, update: (change) => page.update?.(change), ready: () => void begin() };
}

/** A query as people read it. */
function decode(query) {
  try {
    return decodeURIComponent(query.replaceAll("&", "  "));
  } catch {
    return query;
  }
}
