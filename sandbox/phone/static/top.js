// The bar on top: our name, the people, the language; and the two tabs of a narrow window.

import { button, clock, fill, h } from "./dom.js";
import { addPerson } from "./doors.js";
import { icon } from "./icons.js";
import { hold, state } from "./store.js";
import { t, turn } from "./words.js";

const TINTS = 6;

export function face(person) {
  const tint = [...person.user].reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % TINTS;
  return h("span", { class: `face tint-${tint}`, "aria-hidden": "true" }, [...person.name][0] ?? "?");
}

export function top(rebuild) {
  const people = h("div", { class: "people", role: "group", "aria-label": t("people") });
  const say = button(t("language"), () => (turn(), rebuild()), { class: "quiet", id: "language" });
  const name = h("div", { class: "brand" }, h("span", { class: "brand-mark" }, icon("chat")), h("div", {}, h("strong", {}, t("title")), h("small", {}, t("subtitle"))));
  const lost = h("div", { class: "lost", role: "status" });
  const node = h("div", { class: "top-inner" }, name, people, say, lost);
  const update = (change) => {
    lost.textContent = state.lost ? t("lost") : "";
    if (change.stage || change.user) fill(people, (state.stage?.people ?? []).map(chip), people.querySelector(".adder") ?? adder());
    people.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest", inline: "center" });
  };
  update({ stage: true });
  return { node, update };
}

function chip(person) {
  const held = person.user === state.user;
  return button([face(person), h("span", { class: "chip-name" }, person.name)], () => hold(person.user), { class: "chip", "aria-pressed": String(held), "data-user": person.user, title: person.name });
}

function adder() {
  const open = button([icon("plus"), h("span", { class: "chip-name" }, t("addPerson"))], () => {
    const known = new Set(state.stage.people.map((one) => one.name));
    const name = h("input", { class: "field small", name: "name", maxlength: 20, "aria-label": t("newName"), value: t("names").split(",").find((one) => !known.has(one)) ?? "" });
    const form = h("form", { class: "adder", on: { submit: add, keydown: (event) => event.key === "Escape" && form.replaceWith(open) } }, name, h("button", { class: "go small" }, t("add")));
    async function add(event) {
      event.preventDefault();
      const made = await addPerson(name.value.trim());
      if (!made.ok) return;
      localStorage.setItem("phone.user", made.user);
      form.replaceWith(open);
      waitFor(made.user);
    }
    open.replaceWith(form);
    name.select();
  }, { class: "chip add", id: "add-person" });
  return open;
}

/** The new person is in the next answer of the feed; then the phone goes into their hands. */
function waitFor(user, tries = 40) {
  if (state.stage.people.some((one) => one.user === user)) return hold(user);
  if (tries) setTimeout(waitFor, 50, user, tries - 1);
}

export function tabs(show) {
  const make = (name, label, drawn) => button([icon(drawn), h("span", {}, label)], () => show(name), { class: "tab", "data-tab": name });
  const all = [make("phone", t("phone"), "app"), make("log", t("log"), "computer")];
  const node = h("div", { class: "tabs-inner" }, all);
  return { node, show: (name) => all.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.tab === name))) };
}

export const timeNow = () => clock(state.now || Date.now() / 1000);
