// One moment of a chat as what a person sees: texts, cards, pictures, articles, notices.

import { clock, h, svg } from "./dom.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { readText } from "./links.js";
import { posterName } from "./scanner.js";
import { account, person } from "./store.js";
import { face } from "./top.js";
import { t } from "./words.js";

const TIME_APART_S = 180;
const SMALLEST_PICTURE = 16;
const OPENED_BY_CARD = 1074;

/** A function that draws moment after moment, with the time between those that are far apart. */
export function bubbles(appid, open) {
  let lastAt = 0;
  return (moment) => {
    const nodes = moment.at - lastAt > TIME_APART_S ? [h("div", { class: "chat-time" }, clock(moment.at))] : [];
    lastAt = moment.at;
    return [...nodes, draw(moment, appid, open)];
  };
}

function draw(moment, appid, open) {
  const from = account(appid);
  if (moment.what === "said" && moment.thing.Event) return h("div", { class: "chat-line" }, followLine(moment.thing, nameOf(from)));
  if (moment.what === "said") return row("mine", face(person() ?? { user: "", name: "?" }), said(moment.thing));
  if (moment.what === "push") return h("div", { class: "chat-line" }, t("handedOver"));
  if (moment.thing.via === "notice") return h("div", { class: "chat-line" }, moment.thing.text);
  return row("theirs", h("span", { class: "face account" }, icon("leaf")), shown(moment.thing, open));
}

function row(side, picture, body) {
  return h("div", { class: `bubble-row ${side}` }, picture, body);
}

function followLine(fields, name) {
  if (fields.Event === "unsubscribe") return t("youLeft");
  const scene = (fields.EventKey ?? "").replace(/^qrscene_/, "");
  return scene ? t("youScannedFollow", { name, poster: posterName(scene) }) : t("youFollowed", { name });
}

function said(fields) {
  const kinds = {
    text: () => bubble(fields.Content),
    image: () => photo(fields.MediaId),
    location: () => map(fields.Label),
    voice: () => bubble(t("aVoice")),
    link: () => bubble(`${fields.Title}\n${fields.Url}`),
  };
  return (kinds[fields.MsgType] ?? (() => bubble(t("aVideo"))))();
}

function shown(thing, open) {
  const content = thing.content;
  const kinds = {
    text: () => bubble(readText(thing.text, open)),
    image: () => photo(content.MediaId ?? content.media_id),
    media: () => photo(content.media_id),
    voice: () => bubble(t("aVoice")),
    video: () => film(content.Title ?? content.title ?? t("aVideo")),
    music: () => line("music", content.Title ?? content.title, content.Description ?? content.description),
    news: () => articles(content.Articles ?? content.articles ?? [], open),
    link: () => line("link", content.title, content.description, () => open({ url: content.url })),
    msgmenu: () => menu(content, open),
    miniprogrampage: () => card(content, open),
  };
  return (kinds[thing.msgtype] ?? (() => paragraph(thing)))();
}

const bubble = (inside) => h("div", { class: "bubble" }, inside);

/** A picture of the chat; a tiny one, as tests upload, gives way to a drawn one. */
function picture(mediaId, props = {}) {
  const image = h("img", { src: `/_sandbox/phone/media/${encodeURIComponent(mediaId ?? "none")}`, alt: t("aPicture"), ...props });
  image.addEventListener("load", () => image.naturalWidth && image.naturalWidth < SMALLEST_PICTURE && (image.src = "/_sandbox/phone/static/picture.svg"), { once: true });
  return image;
}

const photo = (mediaId) => h("div", { class: "photo" }, picture(mediaId));

function film(title) {
  return h("div", { class: "photo film" }, picture("none"), icon("play"), h("span", {}, title));
}

function map(label) {
  const [name, detail] = (label || t("placeName")).split(" · ");
  const roads = svg(
    [
      ["rect", { width: 240, height: 96, fill: "#e7efe4" }],
      ["path", { d: "M-5 70 90 40l150-26M40-5l30 110M160-5l-26 110", fill: "none", stroke: "#fff", "stroke-width": 9 }],
      ["path", { d: "M180 60h70v40h-80Z", fill: "#bfe0c8" }],
      ["path", { d: "M-5 20c40 10 60-6 100-30", fill: "none", stroke: "#bcd9ee", "stroke-width": 12 }],
      ["circle", { cx: 118, cy: 46, r: 9, fill: "#12a866", stroke: "#fff", "stroke-width": 4 }],
    ],
    { viewBox: "0 0 240 96", class: "map" },
  );
  return h("div", { class: "place-card" }, h("b", {}, name), h("small", {}, detail ?? ""), roads);
}

function card(content, open) {
  const target = content.appid || content.AppId || "";
  const brand = account(target);
  const inside = [h("span", { class: "card-head" }, h("span", { class: "card-mark" }, icon("leaf")), brand ? nameOf(brand) : t("miniProgram")), h("b", {}, content.title ?? content.Title), picture(content.thumb_media_id), h("span", { class: "card-foot" }, icon("link"), t("miniProgram"))];
  return h("button", { type: "button", class: "mini-card", on: { click: () => open({ appid: target, path: content.pagepath ?? content.PagePath ?? "", scene: OPENED_BY_CARD }) } }, inside);
}

function line(drawn, title, detail, act = null) {
  return h(act ? "button" : "div", { class: "line-card", type: act && "button", on: act ? { click: act } : {} }, h("span", {}, h("b", {}, title ?? ""), h("small", {}, detail ?? "")), icon(drawn));
}

function articles(list, open) {
  return h("div", { class: "articles" }, list.map((one, index) => h("button", { type: "button", class: index ? "article" : "article first", on: { click: () => open({ url: one.Url ?? one.url ?? "" }) } }, picture("none"), h("b", {}, one.Title ?? one.title ?? ""))));
}

function menu(content, open) {
  const items = content.list ?? content.items ?? [];
  return bubble([h("span", {}, content.head_content ?? ""), items.map((one) => h("button", { type: "button", class: "text-link block", on: { click: () => open({ menuItem: String(one.id), label: one.content }) } }, one.content)), h("span", {}, content.tail_content ?? "")]);
}

function paragraph(thing) {
  const [title, ...rest] = thing.text.split("\n");
  return h("div", { class: "sheet-card" }, h("b", {}, title), rest.map((one) => h("p", {}, one)));
}
