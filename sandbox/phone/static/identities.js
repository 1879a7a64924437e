// What the backend knows somebody by, as rows; on the pages of the mini program and of the app.

import { h } from "./dom.js";
import { state } from "./store.js";
import { t } from "./words.js";

export const cell = (name, value = "", dim = false) => h("div", { class: dim ? "cell dim" : "cell" }, h("span", {}, name), value && h("b", {}, value));

/** The identifiers of a person, as `GET /v1/me` tells them. */
export const identityCells = (person) => (person?.identifiers ?? []).map((one) => cell(identity(one), one.masked));

function identity({ type, account: where }) {
  const names = { openid: () => t("idOpenid", { account: nameFor(where) }), unionid: () => t("idUnionid"), phone: () => t("idPhone") };
  return (names[type] ?? (() => t("idOther", { type })))();
}

function nameFor(where) {
  const found = state.stage.accounts.find((one) => one.account === where);
  if (found) return t(found.kind === "mini_program" ? "miniProgram" : "account");
  return (where ?? "").endsWith(".app") ? "App" : (where ?? "");
}
