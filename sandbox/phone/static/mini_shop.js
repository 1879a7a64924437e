// The shop's first page: three services with their prices.

import { button, h, svg } from "./dom.js";
import { buy } from "./doors.js";
import { nameOf } from "./home.js";
import { icon } from "./icons.js";
import { account } from "./store.js";
import { t } from "./words.js";

export const SERVICES = [
  { id: "head", price_fen: 12800, drawn: "leaf", tint: "mint" },
  { id: "shoulder", price_fen: 19800, drawn: "spark", tint: "sand" },
  { id: "facial", price_fen: 16800, drawn: "drop", tint: "rose" },
];

export const price = (fen) => `¥${fen / 100}`;

export function shopPage(program) {
  const cards = SERVICES.map((service) =>
    h("article", { class: "service" }, h("span", { class: `service-icon ${service.tint}` }, icon(service.drawn)), h("div", { class: "service-words" }, h("h3", {}, t(service.id)), h("p", {}, t(`${service.id}Line`)), h("b", {}, price(service.price_fen))), h("div", { class: "service-acts" }, button(t("buy"), () => order(program, service), { class: "go small", "data-buy": service.id }), button(t("book"), () => program.goTo("pages/book/index", { service: service.id }), { class: "soft small", "data-service": service.id }))),
  );
  return { node: h("div", { class: "shop-page" }, h("header", { class: "shop-head" }, scene(), h("div", {}, h("h2", {}, nameOf(account(program.appid))), h("p", {}, t("shopLine")))), cards) };
}

/** WeChat's sheet that asks to pay; nothing is paid here. The shop's till tells the backend, and the order is on the page 我的. */
async function order(program, service) {
  const paid = await program.phone.ask((done) => [
    h("header", { class: "sheet-brand" }, h("span", { class: "card-mark" }, icon("leaf")), h("b", {}, nameOf(account(program.appid)))),
    h("div", { class: "pay-sum" }, h("span", {}, t(service.id)), h("b", {}, price(service.price_fen))),
    h("p", { class: "fine-print" }, t("payWhy")),
    h("div", { class: "sheet-row" }, button(t("cancel"), () => done(false), { class: "soft" }), button(t("pay"), () => done(true), { class: "go", id: "pay" })),
  ]);
  if (!paid) return;
  const { order: made, record = "unreachable" } = await buy({ appid: program.appid, item: t(service.id), fen: service.price_fen });
  program.phone.tell(t(`order_${record}`), { title: t("bought"), drawn: "gift", act: record === "no_key" ? () => program.phone.go("computer") : null });
  program.goTo("pages/me/index", { bought: record === "brought" ? made.id : "" });
}

function scene() {
  return svg(
    [
      ["rect", { width: 360, height: 150, fill: "#d9efe2" }],
      ["circle", { cx: 292, cy: 48, r: 26, fill: "#f8d9a0" }],
      ["path", { d: "M0 112c60-40 110-34 160-8s120 26 200-22v68H0Z", fill: "#a9d8bd" }],
      ["path", { d: "M0 132c70-26 130-20 190-4s110 12 170-10v32H0Z", fill: "#5fb98a" }],
      ["path", { d: "M58 132V84M58 98c-14-2-20-10-20-20 14 0 20 8 20 20Zm0-10c12-2 18-10 18-20-12 0-18 8-18 20Z", fill: "#3d9a6c", stroke: "#3d9a6c", "stroke-width": 3 }],
    ],
    { viewBox: "0 0 360 150", class: "scene", preserveAspectRatio: "xMidYMid slice" },
  );
}
