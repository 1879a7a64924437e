// The story a newcomer plays, as steps that tick themselves off by what has happened to the person.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { notices, state } from "./store.js";
import { t } from "./words.js";

const mine = (moment) => moment.user === state.user;
const STEPS = [
  ["stepFollow", (moment) => moment.what === "push" && moment.thing.fields.Event === "subscribe"],
  ["stepOpen", (moment) => moment.what === "client" && moment.thing.path === "/v1/sessions/mini-program" && moment.thing.status < 300],
  ["stepWrite", (moment) => moment.what === "said" && moment.thing.Content === "预约"],
  ["stepBook", (moment) => moment.what === "shop" && moment.thing.status === 202],
  ["stepNotice", (moment) => notices().includes(moment)],
];

export function story() {
  const list = h("ol", { class: "steps" });
  const count = h("small", {});
  const node = h("div", { class: "story" }, h("div", { class: "story-head" }, h("b", {}, t("story")), count), list);

  function update() {
    const moments = state.moments.filter(mine);
    const done = STEPS.map(([, is]) => moments.some(is));
    count.textContent = t("storyOf", { done: done.filter(Boolean).length, all: STEPS.length });
    const next = done.indexOf(false);
    fill(list, STEPS.map(([label], index) => h("li", { class: done[index] ? "done" : index === next ? "next" : "", "data-step": label }, h("i", {}, done[index] ? icon("check") : String(index + 1)), h("span", {}, t(label)))));
  }

  update();
  return { node, update };
}
