// Our own drawings, 24 by 24, drawn with the colour of the text around them.

import { svg } from "./dom.js";

const line = (d) => ["path", { d, fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round" }];
const full = (d) => ["path", { d, fill: "currentColor" }];
const ring = (cx, cy, r) => ["circle", { cx, cy, r, fill: "none", stroke: "currentColor", "stroke-width": "1.8" }];
const dot = (cx, cy, r) => ["circle", { cx, cy, r, fill: "currentColor" }];

const DRAWN = {
  chat: [full("M4 5.5h16a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-8.6L7 21v-3.5H4A1.5 1.5 0 0 1 2.5 16V7A1.5 1.5 0 0 1 4 5.5Z")],
  shop: [line("M4.5 10.5V20h15v-9.5"), line("M3 10.5 5 4h14l2 6.5a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0Z"), line("M10 20v-5h4v5")],
  scan: [line("M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8"), line("M16 4h2.5A1.5 1.5 0 0 1 20 5.5V8"), line("M20 16v2.5a1.5 1.5 0 0 1-1.5 1.5H16"), line("M8 20H5.5A1.5 1.5 0 0 1 4 18.5V16"), line("M4 12h16")],
  app: [line("M12 3.5 19.5 8v8L12 20.5 4.5 16V8Z"), line("M4.5 8 12 12.2 19.5 8"), line("M12 12.2v8.3")],
  sms: [line("M4 5h16v11H9l-4 3.5V16H4Z"), line("M8 9.2h8"), line("M8 12.2h5")],
  bell: [line("M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15Z"), line("M10 20.5a2.2 2.2 0 0 0 4 0")],
  play: [ring(12, 12, 8.5), full("m10 8.5 6 3.5-6 3.5Z")],
  key: [ring(8, 15.5, 4), line("m11 12.5 8-8"), line("m16 7.5 2.5 2.5")],
  back: [line("m14.5 5-7 7 7 7")],
  more: [dot(6, 12, 1.6), dot(12, 12, 1.6), dot(18, 12, 1.6)],
  close: [line("m6 6 12 12"), line("M18 6 6 18")],
  target: [ring(12, 12, 7), dot(12, 12, 3)],
  plus: [ring(12, 12, 9), line("M12 8v8"), line("M8 12h8")],
  picture: [line("M4 5h16v14H4Z"), line("m4 16 5-5 4 4 3-3 4 4"), ring(15.5, 9, 1.3)],
  place: [line("M12 21s6.5-6 6.5-11a6.5 6.5 0 0 0-13 0c0 5 6.5 11 6.5 11Z"), ring(12, 10, 2.3)],
  keyboard: [line("M3.5 6.5h17v11h-17Z"), line("M7 10h.01M10.3 10h.01M13.6 10h.01M17 10h.01M8.5 14h7")],
  menu: [line("M5 7.5h14M5 12h14M5 16.5h14")],
  person: [ring(12, 8.5, 3.7), line("M4.5 20c.8-4 3.8-6 7.5-6s6.7 2 7.5 6")],
  home: [line("m4 11 8-7 8 7"), line("M6 10v9.5h12V10"), line("M10 19.5V14h4v5.5")],
  calendar: [line("M4.5 6.5h15v13h-15Z"), line("M4.5 10.5h15"), line("M8.5 4v4M15.5 4v4")],
  check: [line("m5 12.5 4.5 4.5L19 7.5")],
  heart: [full("M12 20s-7.5-4.7-7.5-10.2A4.1 4.1 0 0 1 12 7.3a4.1 4.1 0 0 1 7.5 2.5C19.5 15.3 12 20 12 20Z")],
  arrow: [line("m9.5 5 7 7-7 7")],
  music: [line("M9 17.5V6l10-2v11.5"), ring(6.8, 17.5, 2.2), ring(16.8, 15.5, 2.2)],
  lock: [line("M6 11h12v9H6Z"), line("M8.5 11V8a3.5 3.5 0 0 1 7 0v3")],
  leaf: [line("M5 19C5 10 10 5 19 5c0 9-5 14-14 14Z"), line("M5 19 13 11")],
  spark: [line("M12 4v4M12 16v4M4 12h4M16 12h4"), ring(12, 12, 2.5)],
  drop: [line("M12 3.5s6 6.5 6 11a6 6 0 0 1-12 0c0-4.5 6-11 6-11Z"), line("M9.5 15a2.5 2.5 0 0 0 2.5 2.5")],
  gift: [line("M4.5 10h15v10h-15Z"), line("M3.5 7h17v3h-17Z"), line("M12 7v13"), line("M12 7S10.5 3.5 8.5 4 9 7 12 7s5.5-2.5 3.5-3S12 7 12 7Z")],
  link: [line("M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1"), line("M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1")],
  computer: [line("M3.5 5h17v11h-17Z"), line("M9 20h6M12 16v4")],
  cloud: [line("M7 18.5a4 4 0 0 1-.3-8A5.5 5.5 0 0 1 17.3 9.3 4.6 4.6 0 0 1 17 18.5Z")],
};

export function icon(name, props = {}) {
  return svg(DRAWN[name], props);
}
