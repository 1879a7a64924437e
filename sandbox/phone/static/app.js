// The brand's own app: login by phone number and SMS code, or by WeChat, as far as the backend has the doors.

import { bar } from "./bar.js";
import { button, fill, h } from "./dom.js";
import { act, ask } from "./doors.js";
import { icon } from "./icons.js";
import { forget, keep, tokenOf } from "./session.js";
import { accounts, can, person } from "./store.js";
import { sorry, t } from "./words.js";

export function app(phone) {
  const home = accounts("mobile_app", "website_app", "mini_program", "official_account").find((one) => one.account);
  const brand = home?.account.split(".")[0] ?? "";
  const appid = home?.appid ?? "";
  const said = h("p", { class: "said", role: "status" });
  const body = h("div", { class: "app-body" });
  const node = h("div", { class: "chat app-screen" }, bar(phone, t("brandApp")), body);

  function say(outcome, missing) {
    said.textContent = outcome === "fine" ? "" : outcome === "missing" ? t(missing) : sorry(outcome);
  }

  function draw() {
    fill(body, tokenOf(`app/${appid}`) ? inside() : door());
  }

  function inside() {
    return h("div", { class: "done" }, h("span", { class: "done-mark" }, icon("check")), h("h2", {}, t("appIn")), button(t("logOut"), () => (forget(`app/${appid}`), draw()), { class: "soft" }));
  }

  function door() {
    const number = h("input", { class: "field", name: "phone", inputmode: "tel", autocomplete: "off", value: person()?.phone ?? "", "aria-label": t("phoneNumber") });
    const code = h("input", { class: "field", name: "code", inputmode: "numeric", maxlength: 8, autocomplete: "off", placeholder: t("smsCode"), "aria-label": t("smsCode") });
    const form = h("form", { class: "app-form", on: { submit: (event) => (event.preventDefault(), logIn(number.value, code.value)) } }, number, h("div", { class: "code-row" }, code, button(t("getCode"), () => sendCode(number.value), { class: "soft", id: "get-code" })), h("button", { class: "go wide" }, t("logIn")));
    return [h("div", { class: "app-hero" }, h("span", { class: "app-mark" }, icon("app")), h("h2", {}, t("appWelcome")), h("p", {}, t("appLine"))), form, h("div", { class: "or" }, t("or")), button([icon("chat"), t("wechatLogin")], wechat, { class: "wechat-login", id: "wechat-login" }), said];
  }

  async function sendCode(number) {
    if (!home) return say("missing", "noSmsYet");
    const answer = await ask(appid, "POST", "/v1/sms-codes", { body: { brand, phone: number } });
    if (answer.outcome === "fine") said.textContent = t("codeSent");
    else say(answer.outcome, "noSmsYet");
  }

  async function logIn(number, code) {
    if (!home) return say("missing", "noSmsYet");
    take(await ask(appid, "POST", "/v1/sessions/phone", { body: { brand, phone: number, code } }), "noSmsYet");
  }

  async function wechat() {
    const [mobile] = accounts("mobile_app");
    if (!mobile || !home || !can("authorize")) return say("missing", "noAppAccount");
    const { code } = await act("authorize", { appid: mobile.appid, scope: "snsapi_userinfo" });
    take(await ask(mobile.account ? mobile.appid : appid, "POST", "/v1/sessions/app", { body: { account: mobile.account || `${brand}.app`, code: code ?? "" } }), "noAppYet");
  }

  function take(answer, missing) {
    if (answer.outcome !== "fine") return say(answer.outcome, missing);
    if (!answer.body?.session_token) return say("strange", missing);
    keep(`app/${appid}`, answer.body);
    draw();
  }

  draw();
  return { node };
}
