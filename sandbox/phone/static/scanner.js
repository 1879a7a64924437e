// The scanner: posters with parametric QR codes, those the backend made and a few of our own.

import { bar, emptiness } from "./bar.js";
import { button, fill, h, svg } from "./dom.js";
import { act } from "./doors.js";
import { nameOf } from "./home.js";
import { accounts, state } from "./store.js";
import { has, t } from "./words.js";

const OURS = { "poster-7": "posterWindow", "table-3": "posterTable", "leaflet-metro": "posterLeaflet" };
const SIZE = 21;

/** What a poster is called: as it is printed above its code, by our own name, or by its scene. */
export function posterName(scene) {
  const printed = Object.values(state.stage?.posters ?? {}).flat().find((one) => one.scene === scene)?.title;
  if (printed) return printed;
  return scene in OURS && has(OURS[scene]) ? t(OURS[scene]) : scene;
}

export function scanner(phone) {
  const list = h("div", { class: "posters" });
  const node = h("div", { class: "scanner" }, bar(phone, t("scan"), { dark: true }), h("div", { class: "beam", "aria-hidden": "true" }, h("i")), h("div", { class: "scanner-words" }, h("b", {}, t("posters")), h("p", {}, t("postersWhy"))), list);

  async function scan(appid, poster) {
    node.classList.add("found");
    await new Promise((done) => setTimeout(done, 350));
    phone.go("chat", { appid });
    act("scan", poster.ticket ? { appid, ticket: poster.ticket } : { appid, scene_str: poster.scene });
  }

  const update = (change) => change.stage && fill(list, draw(scan));
  update({ stage: true });
  return { node, update };
}

function draw(scan) {
  const found = accounts("official_account").flatMap((account) => {
    const made = state.stage.posters[account.appid] ?? [];
    const known = new Set(made.map((one) => one.scene));
    const ours = Object.keys(OURS).filter((scene) => !known.has(scene)).map((scene) => ({ scene, ticket: "" }));
    return [...made, ...ours].map((poster) => card(account, poster, () => scan(account.appid, poster)));
  });
  return found.length ? found : emptiness("scan", t("noAccounts"), t("noAccountsWhy"));
}

function card(account, poster, scan) {
  const line = poster.ticket ? t("posterMade") : nameOf(account);
  return button([h("span", { class: "poster-sheet" }, h("small", {}, nameOf(account)), poster.ticket ? code(poster) : pattern(poster.scene)), h("b", {}, posterName(poster.scene)), h("small", {}, line)], scan, { class: "poster", "data-scene": poster.scene });
}

/** The code as WeChat draws it; a true phone could scan it. */
const code = (poster) => h("img", { class: "pattern", alt: "", src: `/cgi-bin/showqrcode?${new URLSearchParams({ ticket: poster.ticket })}` });

/** A drawing that looks like a QR code, another one for each scene; nothing can read it. */
function pattern(text) {
  let seed = [...text].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) >>> 0, 7);
  const squares = [];
  for (let y = 0; y < SIZE; y += 1) {
    for (let x = 0; x < SIZE; x += 1) {
      seed = (seed * 1664525 + 1013904223) >>> 0;
      if (seed >>> 31 && !corner(x, y)) squares.push(`M${x} ${y}h1v1h-1z`);
    }
  }
  const eye = (x, y) => `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`;
  const d = [...squares, eye(0, 0), eye(SIZE - 7, 0), eye(0, SIZE - 7)].join("");
  return svg([["path", { d, fill: "#173a2a", "fill-rule": "evenodd" }]], { viewBox: `-1 -1 ${SIZE + 2} ${SIZE + 2}`, class: "pattern" });
}

const corner = (x, y) => (x < 8 && y < 8) || (x >= SIZE - 8 && y < 8) || (x < 8 && y >= SIZE - 8);
