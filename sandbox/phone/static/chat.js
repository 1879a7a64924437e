// The chat with an official account: bubbles, the account's menu, writing, pictures, places, following and leaving.

import { album } from "./album.js";
import { bar } from "./bar.js";
import { bubbles } from "./bubbles.js";
import { button, fill, h } from "./dom.js";
import { act } from "./doors.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { account, chatMoments, eyes, markRead } from "./store.js";
import { t } from "./words.js";

/** WeChat's words for how a mini program was opened out of a chat; of the menu it says whose. */
const [MENU, TEXT_LINK] = [1035, 1082];

export function chat(phone, { appid }) {
  const paper = h("div", { class: "paper", role: "log", "aria-live": "polite", tabindex: "0" });
  const foot = h("div", { class: "chat-foot" });
  const node = h("div", { class: "chat" }, bar(phone, nameOf(account(appid)), { actions: [button(icon("more"), options, { class: "bar-button", "aria-label": t("tools"), id: "chat-more" })] }), paper, foot);
  let drawn = 0, footState = "", typing = true, hadMenu = false;

  async function send(words) {
    stick();
    await act("send", { appid, ...words });
  }

  const open = (target) => (target.menuItem ? send({ msgtype: "text", content: target.label, menu_item: target.menuItem }) : phone.open({ scene: TEXT_LINK, ...target }));
  const draw = bubbles(appid, open);

  function update(change) {
    if (change.stage) drawFoot();
    const near = paper.scrollHeight - paper.scrollTop - paper.clientHeight < 120;
    const moments = chatMoments(appid).filter((moment) => moment.number > drawn);
    for (const moment of moments) {
      paper.append(...draw(moment));
      drawn = moment.number;
    }
    drawProfile();
    if (moments.length && near) stick();
    markRead(`chat/${appid}`);
  }

  /** Who is this? Asked before the first word. */
  function drawProfile() {
    const profile = paper.querySelector(".profile");
    if (drawn) return profile?.remove();
    if (!profile) paper.append(h("div", { class: "profile" }, h("span", { class: "face account" }, icon("leaf")), h("b", {}, nameOf(account(appid))), h("span", {}, t("profileLine"))));
  }

  function stick() {
    requestAnimationFrame(() => paper.scrollTo({ top: paper.scrollHeight, behavior: drawn ? "smooth" : "instant" }));
  }

  // A picture makes the paper longer when it has come.
  paper.addEventListener("load", () => stick(), true);

  function drawFoot() {
    const { follows, menu } = eyes(appid);
    if (!hadMenu && menu.length) typing = false;
    hadMenu = menu.length > 0;
    const wanted = JSON.stringify([follows, menu, typing]);
    if (wanted === footState) return;
    footState = wanted;
    if (!follows) return void fill(foot, stranger());
    fill(foot, menu.length && !typing ? menuRow(menu) : writeRow(menu));
  }

  function turnFoot() {
    typing = !typing;
    drawFoot();
    foot.querySelector(typing ? "input" : ".menu-button")?.focus();
  }

  function stranger() {
    return h("div", { class: "stranger" }, h("p", {}, t("notFollowing")), h("div", {}, button(t("follow"), () => act("follow", { appid }), { class: "go", id: "follow" }), button([icon("scan"), t("scanPoster")], () => phone.go("scanner"), { class: "soft" })));
  }

  function writeRow(menu) {
    const text = h("input", { class: "field", name: "message", autocomplete: "off", "aria-label": t("write"), placeholder: t("write"), maxlength: 600 });
    const more = h("div", { class: "tool-shelf", hidden: true });
    const give = h("button", { class: "go send", disabled: true }, t("send"));
    const tool = button(icon("plus"), () => toggle(), { class: "round", "aria-label": t("tools"), id: "tools", "aria-expanded": "false" });
    const toggle = (wanted = more.hidden) => ((more.hidden = !wanted), tool.setAttribute("aria-expanded", String(wanted)));
    text.addEventListener("input", () => (give.disabled = !text.value.trim()));
    fill(more, shelf("album", "picture", t("album"), () => (toggle(false), pick())), shelf("place", "place", t("place"), () => (toggle(false), sendPlace())), shelf("scan", "scan", t("scan"), () => phone.go("scanner")));
    const form = h("form", { class: "write-row", on: { submit } }, menu.length > 0 && button(icon("menu"), turnFoot, { class: "round", "aria-label": t("showMenu"), id: "show-menu" }), text, give, tool);
    function submit(event) {
      event.preventDefault();
      const content = text.value.trim();
      if (!content) return;
      text.value = "";
      give.disabled = true;
      send({ msgtype: "text", content });
    }
    return [form, more];
  }

  function shelf(id, drawn, label, run) {
    return button([h("span", { class: "shelf-icon" }, icon(drawn)), label], run, { class: "shelf", id: `tool-${id}` });
  }

  function sendPlace() {
    return send({ msgtype: "location", location_x: 31.230416, location_y: 121.473701, scale: 16, label: `${t("placeName")} · ${t("placeDetail")}` });
  }

  async function pick() {
    const picture = await phone.ask((done) => album(appid, done));
    if (picture) send({ msgtype: "image", media_id: picture, pic_url: `${location.origin}/_sandbox/phone/media/${picture}` });
  }

  function menuRow(menu) {
    const buttons = menu.map((item) => {
      const subs = item.sub_button ?? [];
      const holder = h("div", { class: "menu-item" });
      const open = () => (subs.length ? popUp(holder, subs) : tap(item));
      holder.append(button([subs.length > 0 && icon("menu"), item.name], open, { class: "menu-button", "aria-haspopup": subs.length ? "menu" : null }));
      return holder;
    });
    return h("div", { class: "menu-row" }, button(icon("keyboard"), turnFoot, { class: "round", "aria-label": t("showKeyboard"), id: "show-keyboard" }), buttons);
  }

  function popUp(holder, subs) {
    const open = holder.querySelector(".menu-pop");
    foot.querySelectorAll(".menu-pop").forEach((one) => one.remove());
    if (open) return;
    const pop = h("div", { class: "menu-pop", role: "menu", on: { keydown: (event) => event.key === "Escape" && (pop.remove(), holder.firstChild.focus()) } }, subs.map((item) => button(item.name, () => (pop.remove(), tap(item)), { role: "menuitem" })));
    holder.append(pop);
    pop.firstChild.focus();
  }

  async function tap(item) {
    const { opens = {} } = await act("tap", { appid, name: item.name });
    if (opens.appid) phone.open({ appid: opens.appid, path: opens.pagepath, scene: MENU, from: appid });
    else if (opens.url || opens.article_id) phone.open({ url: opens.url ?? item.name });
  }

  async function options() {
    const chosen = await phone.ask((done) => [
      h("h2", {}, nameOf(account(appid))),
      eyes(appid).follows && button(t("unfollow"), () => done("unfollow"), { class: "row danger", id: "unfollow" }),
      button(t("scanPoster"), () => done("scan"), { class: "row" }),
      button(t("cancel"), () => done(), { class: "row" }),
    ]);
    if (chosen === "unfollow") act("unfollow", { appid });
    if (chosen === "scan") phone.go("scanner");
  }

  update({ stage: true });
  return { node, update, ready: () => paper.scrollTo({ top: paper.scrollHeight }) };
}
