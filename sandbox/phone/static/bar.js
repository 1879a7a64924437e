// The bar above a screen, and the words of an empty one.

import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

export function bar(phone, title, { actions = [], dark = false } = {}) {
  return h("div", { class: dark ? "bar dark" : "bar" }, button(icon("back"), () => phone.back(), { class: "bar-button", "aria-label": t("back") }), h("h1", {}, title), h("span", { class: "bar-actions" }, actions));
}

export function emptiness(drawn, title, why) {
  return h("div", { class: "emptiness" }, icon(drawn), h("b", {}, title), h("p", {}, why));
}
