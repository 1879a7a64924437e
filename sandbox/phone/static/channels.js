// The brand's Channels page: a video, and live rooms that can be reserved once the sandbox lets people do so.

import { bar, emptiness } from "./bar.js";
import { button, clock, fill, h, svg } from "./dom.js";
import { act } from "./doors.js";
import { icon } from "./icons.js";
import { can, state } from "./store.js";
import { now, t } from "./words.js";

const VIDEO = "three-minutes";

export function channels(phone) {
  const liked = button([icon("heart"), h("span", {}, "128")], like, { class: "like", "aria-pressed": "false", "aria-label": "♥" });
  const watch = button(icon("play"), play, { class: "watch", id: "watch", "aria-label": t("watch") });
  const video = h("div", { class: "video" }, scene(), watch, h("div", { class: "video-line" }, h("i")), h("div", { class: "video-words" }, h("b", {}, `@${t("videoBy")}`), h("p", {}, t("videoTitle"))), liked);
  const lives = h("div", { class: "lives" });
  const node = h("div", { class: "channels" }, bar(phone, t("channels"), { dark: true }), h("div", { class: "paper dark" }, video, h("h3", {}, t("lives")), lives));

  /** The video plays or pauses; the channel counts whoever begins. */
  function play() {
    const plays = video.classList.toggle("plays");
    watch.setAttribute("aria-label", t(plays ? "pause" : "watch"));
    const channel = state.stage.channels[0] ?? null;
    if (plays && channel && state.user && can("watch")) act("watch", { appid: channel.appid, video: VIDEO });
  }

  function like() {
    const on = liked.getAttribute("aria-pressed") !== "true";
    liked.setAttribute("aria-pressed", String(on));
    liked.lastChild.textContent = on ? "129" : "128";
  }

  function update(change) {
    if (!change.stage) return;
    const found = state.stage.channels.flatMap((one) => one.lives.map((live) => ({ ...live, appid: one.appid }))).filter((live) => !live.cancelled && live.ended_at === null);
    fill(lives, found.length ? found.map((live) => announce(phone, live)) : emptiness("play", t("noLives"), t("noLivesWhy")));
  }

  update({ stage: true });
  return { node, update };
}

function announce(phone, live) {
  const reserved = live.reserved.includes(state.user);
  const running = live.started_at !== null;
  const label = running ? t("liveNow") : reserved ? t("reserved") : t("reserve");
  const reserve = async () => {
    if (!can("reserve-live")) return phone.tell(t("cannotReserve"), { drawn: "play" });
    await act("reserve-live", { appid: live.appid, notice_id: live.notice_id });
  };
  return h("article", { class: "live" }, h("div", {}, h("b", {}, live.description || t("lives")), h("small", {}, dayOf(live.starts_at), " ", clock(live.starts_at))), button(label, reserve, { class: reserved || running ? "soft small" : "go small", disabled: reserved || running }));
}

function dayOf(at) {
  return new Date(at * 1000).toLocaleDateString(now() === "zh" ? "zh-CN" : "en-GB", { month: "long", day: "numeric", weekday: "short" });
}

function scene() {
  return svg(
    [
      ["rect", { width: 360, height: 420, fill: "#23443a" }],
      ["circle", { cx: 180, cy: 168, r: 118, fill: "#2f6150" }],
      ["circle", { cx: 180, cy: 150, r: 46, fill: "#f3cfae" }],
      ["path", { d: "M134 146c-4-44 22-62 46-62s50 18 46 62c-10-22-24-30-46-30s-36 8-46 30Z", fill: "#4a342c" }],
      ["path", { d: "M86 330c4-76 44-112 94-112s90 36 94 112v90H86Z", fill: "#e9f4ec" }],
      ["path", { d: "M160 186h40v40c-8 14-32 14-40 0Z", fill: "#eabf9b" }],
      ["path", { d: "M106 262c-16-34-8-66 18-92l16 14c-18 20-20 42-6 66Zm148 0c16-34 8-66-18-92l-16 14c18 20 20 42 6 66Z", fill: "#f3cfae" }],
      ["path", { d: "M166 160c4 6 24 6 28 0", fill: "none", stroke: "#b9795d", "stroke-width": 4, "stroke-linecap": "round" }],
    ],
    { viewBox: "0 0 360 420", class: "scene", preserveAspectRatio: "xMidYMid slice" },
  );
}
