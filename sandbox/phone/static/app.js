// The brand's own app: who comes in by a number and a texted code, or by WeChat, is shown what the backend knows of them.

import { bar } from "./bar.js";
import { button, fill, h } from "./dom.js";
import { act, ask, offerOf } from "./doors.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { cell, identityCells } from "./identities.js";
import { forget, keep, tokenOf } from "./session.js";
import { accounts, can, person } from "./store.js";
import { sorry, t } from "./words.js";

const CODE = /(?<!\d)\d{4,8}(?!\d)/;
const [BY_CODE, BY_PHONE, BY_WECHAT, ADD_PHONE] = ["POST /v1/sms-codes", "POST /v1/sessions/phone", "POST /v1/sessions/app", "POST /v1/me/phone"];

export function app(phone) {
  const gate = accounts("mini_program", "official_account").find((one) => one.account);
  const [mobile] = accounts("mobile_app");
  const here = `app/${gate?.appid ?? ""}`;
  const brandApp = `${gate?.account.split(".")[0] ?? ""}.app`;
  const said = h("p", { class: "said", role: "status" });
  const body = h("div", { class: "app-body" });
  const node = h("div", { class: "chat app-screen" }, bar(phone, t("brandApp")), body);
  let offer = null;

  const knock = (path, given) => ask(gate.appid, "POST", path, { body: given, token: tokenOf(here) });

  async function begin() {
    fill(body, hero(), h("p", { class: "said" }, t("asking")));
    offer = gate ? await offerOf(gate.appid) : { reached: false, has: () => false };
    draw();
  }

  function draw() {
    said.textContent = "";
    if (tokenOf(here)) return void inside();
    if (!gate) return void fill(body, hero(), notYet("cloud", t("appAlone"), t("out_nobackend_app")));
    if (!offer.reached) return void fill(body, hero(), notYet("cloud", t("out_unreachable"), t("appAwayWhy")), button(t("tryAgain"), begin, { class: "soft wide", id: "try-again" }));
    const byPhone = offer.has(BY_CODE) && offer.has(BY_PHONE);
    const byWechat = offer.has(BY_WECHAT) && mobile && can("app-login");
    const phonePart = byPhone ? numberForm(t("logIn"), logIn) : notYet("sms", t("phoneLogin"), t("noSmsYet"));
    const wechatPart = byWechat ? button([icon("chat"), t("wechatLogin")], wechat, { class: "wechat-login", id: "wechat-login" }) : notYet("chat", t("wechatLogin"), t(offer.has(BY_WECHAT) ? "noAppAccount" : "noAppYet"));
    fill(body, hero(), phonePart, (byPhone || byWechat) && h("div", { class: "or" }, t("or")), wechatPart, said);
  }

  /** A number, a code that is texted to it, and what to do with both. */
  function numberForm(label, run) {
    const number = h("input", { class: "field", name: "phone", inputmode: "tel", autocomplete: "off", value: person()?.phone ?? "", "aria-label": t("phoneNumber") });
    const code = h("input", { class: "field", name: "code", inputmode: "numeric", maxlength: 8, autocomplete: "off", placeholder: t("smsCode"), "aria-label": t("smsCode") });
    const submit = (event) => (event.preventDefault(), run(number.value.trim(), code.value.trim()));
    return h("form", { class: "app-form", on: { submit } }, number, h("div", { class: "code-row" }, code, button(t("getCode"), () => sendCode(number.value.trim()), { class: "soft", id: "get-code" })), h("button", { class: "go wide", id: "by-code" }, label));
  }

  async function sendCode(number) {
    const code = body.querySelector("[name=code]");
    code.value = "";
    const answer = await knock("/v1/sms-codes", { account: brandApp, phone: number });
    if (answer.outcome !== "fine") return void (said.textContent = why(answer, "codeNotSent"));
    // The text may be faster than the answer.
    if (!code.value) said.textContent = t("codeSent");
  }

  async function logIn(number, code) {
    take(await knock("/v1/sessions/phone", { account: brandApp, phone: number, code }), "codeRefused");
  }

  async function wechat() {
    const allowed = await phone.ask((done) => [
      h("header", { class: "sheet-brand" }, h("span", { class: "card-mark" }, icon("app")), h("b", {}, nameOf(mobile)), h("span", {}, t("asksLogin"))),
      h("div", { class: "sheet-choice" }, icon("check"), h("div", {}, h("b", {}, person().name), h("small", {}, t("asksLoginWhat")))),
      h("div", { class: "sheet-row" }, button(t("refuse"), () => done(false), { class: "soft" }), button(t("allow"), () => done(true), { class: "go", id: "allow" })),
    ]);
    const { response } = await act("app-login", { appid: mobile.appid, answer: allowed ? "allow" : "cancel" });
    if (!allowed) return void (said.textContent = t("loginDeclined"));
    if (!response?.code) return void (said.textContent = t("lost"));
    take(await knock("/v1/sessions/app", { account: brandApp, code: response.code }), "out_refused");
  }

  function take(answer, refused) {
    if (answer.outcome !== "fine") return void (said.textContent = why(answer, refused));
    if (!answer.body?.session_token) return void (said.textContent = sorry("strange"));
    keep(here, answer.body);
    draw();
  }

  const why = ({ outcome, body: told }, refused) => (outcome !== "refused" ? sorry(outcome) : told?.Code === "field_invalid" ? t("numberOdd") : t(refused));

  /** Who is in: what the backend knows them by, and a number to add while it knows none. */
  async function inside() {
    const known = h("div", { class: "group" }, cell(t("asking"), "", true));
    const bind = h("div", { class: "app-form" });
    fill(body, h("div", { class: "app-in" }, h("div", { class: "done" }, h("span", { class: "done-mark" }, icon("check")), h("h2", {}, t("appIn"))), h("h3", {}, t("myIdentity")), known, bind, said, button(t("logOut"), logOut, { class: "soft wide", id: "log-out" })));
    const answer = await ask(gate.appid, "GET", "/v1/me", { token: tokenOf(here) });
    if (answer.outcome === "ended") return void (forget(here), draw());
    if (answer.outcome !== "fine") return void fill(known, cell(sorry(answer.outcome), "", true));
    const one = answer.body?.person;
    fill(known, identityCells(one));
    const hasPhone = one?.identifiers?.some((each) => each.type === "phone");
    if (!hasPhone && offer.has(BY_CODE) && offer.has(ADD_PHONE)) fill(bind, h("h3", {}, t("givePhone")), numberForm(t("givePhone"), addPhone));
  }

  async function addPhone(number, code) {
    const answer = await knock("/v1/me/phone", { account: brandApp, phone: number, code });
    if (answer.outcome !== "fine") return void (said.textContent = why(answer, "codeRefused"));
    await inside();
    said.textContent = t("phoneGiven");
  }

  async function logOut() {
    await ask(gate.appid, "DELETE", "/v1/sessions/current", { token: tokenOf(here) });
    forget(here);
    draw();
  }

  /** A text that comes while the app is open gives its code to the form, as phones do. */
  function update(change) {
    const came = (change.fresh ?? []).findLast((moment) => moment.what === "shown" && moment.thing.via === "sms" && moment.user === person()?.user);
    const [code] = came?.thing.text.match(CODE) ?? [];
    const field = body.querySelector("[name=code]");
    if (!code || !field) return;
    field.value = code;
    said.textContent = t("codeFilled");
  }

  return { node, update, ready: () => void begin() };
}

const hero = () => h("div", { class: "app-hero" }, h("span", { class: "app-mark" }, icon("app")), h("h2", {}, t("appWelcome")), h("p", {}, t("appLine")));
const notYet = (drawn, title, words) => h("div", { class: "not-yet" }, icon(drawn), h("div", {}, h("b", {}, title), h("span", {}, words)));
