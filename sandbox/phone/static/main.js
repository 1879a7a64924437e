// Puts the page together: the bar on top, the phone, the log; and keeps the three up to date.

import { fill } from "./dom.js";
import { device } from "./device.js";
import { log } from "./log.js";
import { begin, listen } from "./store.js";
import { tabs, top } from "./top.js";
import { now, t } from "./words.js";

const places = { top: document.getElementById("top"), phone: document.getElementById("phone"), watch: document.getElementById("watch"), tabs: document.getElementById("tabs") };
let parts = [];

function build() {
  document.documentElement.lang = now() === "zh" ? "zh-CN" : "en";
  document.title = t("title");
  for (const part of parts) part.leave?.();
  parts = [top(build), device(), log(), tabs(showTab)];
  fill(places.top, parts[0].node);
  fill(places.phone, parts[1].node);
  fill(places.watch, parts[2].node);
  fill(places.tabs, parts[3].node);
  showTab(document.body.dataset.tab ?? "phone");
}

function showTab(name) {
  document.body.dataset.tab = name;
  parts[3].show(name);
}

listen((change) => {
  for (const part of parts) part.update?.(change);
});
await begin();
build();
