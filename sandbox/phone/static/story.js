// The story a newcomer plays, as steps that tick themselves off by what has happened to the person.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { notices, state } from "./store.js";
import { t } from "./words.js";

const mine = (moment) => moment.user === state.user;
const WRITTEN = /^\s*(预约|book)\s*$/i;
const STEPS = [
  ["stepFollow", "scanner", (moment) => moment.what === "said" && moment.thing.Event === "subscribe"],
  ["stepOpen", "chat", (moment) => moment.what === "client" && moment.thing.path === "/v1/sessions/mini-program" && moment.thing.status < 300],
  ["stepWrite", "chat", (moment) => moment.what === "said" && WRITTEN.test(moment.thing.Content)],
  ["stepMenu", "chat", (moment) => moment.what === "push" && moment.thing.fields.Event === "view_miniprogram"],
  ["stepBuy", "shop", (moment) => moment.what === "shop" && moment.thing.path === "/v1/records" && moment.thing.status === 202],
  ["stepBook", "mini", (moment) => moment.what === "shop" && moment.thing.path === "/v1/messages" && moment.thing.status === 202],
  ["stepNotice", "notices", (moment) => notices().includes(moment)],
  ["stepWays", "computer", (moment) => moment.what === "shop" && moment.thing.path === "/v1/entries/stats" && moment.thing.status === 200],
];

function look() {
  const moments = state.moments.filter(mine);
  return STEPS.map(([, , is]) => moments.some(is));
}

/** The step that comes next: its words and the app it is done in; nothing when the story is over. */
export function nextStep() {
  const index = look().indexOf(false);
  return index < 0 ? null : { label: STEPS[index][0], app: STEPS[index][1], number: index + 1 };
}

export function story() {
  const list = h("ol", { class: "steps" });
  const count = h("small", {});
  const node = h("div", { class: "story" }, h("div", { class: "story-head" }, h("b", {}, t("story")), count), list);

  function update() {
    const done = look();
    count.textContent = t("storyOf", { done: done.filter(Boolean).length, all: STEPS.length });
    const next = done.indexOf(false);
    fill(list, STEPS.map(([label], index) => h("li", { class: done[index] ? "done" : index === next ? "next" : "", "data-step": label }, h("i", {}, done[index] ? icon("check") : String(index + 1)), h("span", {}, t(label)))));
    const here = list.querySelector(".next");
    if (here) list.scrollTo({ left: here.offsetLeft - list.offsetLeft - 40 });
  }

  update();
  return { node, update };
}
