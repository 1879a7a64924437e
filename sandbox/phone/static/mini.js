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

export function mini(phone, { appid, path = "" }) {
  const [wanted, query = ""] = path.replace(/^\//, "").split("?");
  const here = account(appid);
  const title = h("h1", {}, nameOf(here));
  const capsule = h("div", { class: "capsule" }, button(icon("more"), () => phone.tell(nameOf(here), { drawn: "leaf" }), { "aria-label": t("tools") }), button(icon("target"), () => phone.back(), { "aria-label": t("close"), id: "mini-close" }));
  const login = h("div", { class: "login-line", role: "status" });
  const body = h("div", { class: "mini-body" });
  const tabs = h("nav", { class: "mini-tabs" });
  const node = h("div", { class: "mini" }, h("div", { class: "mini-bar" }, title, capsule), login, body, tabs);
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
    if (can("launch")) await act("launch", { appid, path: wanted in PAGES ? wanted : HOME, query });
    if (!tokenOf(appid)) {
      say(t("loggingIn"), "busy");
      outcome = await logIn(appid);
      if (state.user !== user || !node.isConnected) return;
      say(outcome === "fine" ? t("loggedIn") : sorry(outcome), outcome === "fine" ? "fine" : "sorry");
    } else outcome = "fine";
    page.loggedIn?.();
  }

  function say(words, mood) {
    login.className = `login-line ${mood}`;
    login.textContent = words;
    if (mood !== "busy") setTimeout(() => login.classList.add("gone"), mood === "fine" ? 1800 : 5000);
  }

  goTo(wanted);
  return { node, update: (change) => page.update?.(change), ready: () => void begin() };
}
