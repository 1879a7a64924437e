// The log beside the phone: each push, answer and call as a sentence, its details behind a click.

import { emptiness } from "./bar.js";
import { button, clock, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { tellSentence } from "./sentences.js";
import { person, state } from "./store.js";
import { story } from "./story.js";
import { t } from "./words.js";

const LANES = { push: ["laneWechat", "chat"], call: ["laneBackend", "cloud"], client: ["laneClient", "app"], shop: ["laneShop", "computer"] };
const DRAWN_AT_MOST = 300;
let clearedAt = { number: 0 };

export function log() {
  const list = h("ol", { class: "log-list", role: "log", tabindex: "0", "aria-label": t("logTitle") });
  const steps = story();
  const only = h("input", { type: "checkbox", id: "only", checked: sessionStorage.getItem("phone.only") === "yes" });
  const label = h("span", {});
  const head = h("div", { class: "log-head" }, h("div", {}, h("h2", {}, t("logTitle")), h("p", {}, t("logLine"))), h("div", { class: "log-tools" }, h("label", { class: "only" }, only, label), button(t("clearLog"), clear, { class: "quiet", id: "clear-log" })));
  const node = h("div", { class: "log" }, steps.node, head, list);
  let last = 0;

  only.addEventListener("change", () => (sessionStorage.setItem("phone.only", only.checked ? "yes" : "no"), redraw()));

  function clear() {
    clearedAt = { number: state.moments.at(-1)?.number ?? 0 };
    redraw();
  }

  const wanted = (moment) => moment.what in LANES && moment.number > clearedAt.number && (!only.checked || !moment.user || moment.user === state.user);

  function redraw() {
    last = 0;
    fill(list);
    append();
  }

  function append() {
    const moments = state.moments.filter((moment) => moment.number > last && wanted(moment)).slice(-DRAWN_AT_MOST);
    last = state.moments.at(-1)?.number ?? 0;
    if (moments.length && list.querySelector(".emptiness")) fill(list);
    const atTop = list.scrollTop < 60;
    for (const moment of moments) list.prepend(entry(moment));
    while (list.children.length > DRAWN_AT_MOST) list.lastChild.remove();
    if (moments.length && atTop) list.scrollTop = 0;
    if (!list.children.length) fill(list, h("li", {}, emptiness("leaf", t("logEmpty"), t("logEmptyWhy"))));
  }

  function update(change) {
    if (change.anew) clearedAt = { number: 0 };
    label.textContent = t("onlyThis", { name: person()?.name ?? "" });
    only.parentNode.hidden = !person();
    if (change.anew || change.user) redraw();
    else append();
    steps.update();
  }

  update({ anew: false, user: true });
  return { node, update };
}

function entry(moment) {
  const [lane, drawn] = LANES[moment.what];
  const { text, answer, mood, details } = tellSentence(moment);
  const summary = h("summary", {}, h("span", { class: `lane ${moment.what}` }, icon(drawn)), h("span", { class: "entry-words" }, h("span", { class: "entry-lane" }, t(lane), h("time", {}, clock(moment.at, true))), h("span", { class: "entry-text" }, text), answer && h("span", { class: `entry-answer ${mood}` }, answer)));
  const panel = h("dl", { class: "entry-details" });
  const node = h("details", { class: "entry" }, summary, panel);
  node.addEventListener("toggle", () => node.open && !panel.children.length && fill(panel, details.map(([name, value]) => [h("dt", {}, name), h("dd", {}, show(value))])));
  return h("li", { class: `entry-item ${moment.what}`, "data-number": moment.number }, node);
}

function show(value) {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "object" ? h("pre", {}, JSON.stringify(value, null, 2)) : String(value);
}
