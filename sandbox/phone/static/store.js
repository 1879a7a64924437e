// What the page knows: the stage, the moments, who is holding the phone; asks the sandbox every second for what is new.

const SETTLED_MS = 1000;
const EAGER_MS = 200;
const HIDDEN_MS = 5000;
const KEPT = 2000;

export const state = { stage: null, moments: [], user: "", lost: false, now: 0, read: new Map() };
const listeners = new Set();
let last = 0, epoch = "", mark = "", timer = 0, eagerUntil = 0, asking = false, begun = false, readBefore = 0;

export function listen(hear) {
  listeners.add(hear);
  return () => listeners.delete(hear);
}

function tell(change) {
  for (const hear of [...listeners]) hear(change);
}

export function begin() {
  document.addEventListener("visibilitychange", () => !document.hidden && hurry());
  return poll();
}

/** Look again at once, and often for the next seconds: somebody has just done something. */
export function hurry() {
  eagerUntil = Date.now() + 2500;
  plan(30);
}

function plan(wait) {
  clearTimeout(timer);
  timer = setTimeout(poll, wait);
}

async function poll() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(`/_sandbox/phone/feed?${new URLSearchParams({ after: last, epoch, stage: mark })}`);
    take(await answer.json());
    if (state.lost) tell({ lost: (state.lost = false), stage: true });
  } catch {
    if (!state.lost) tell({ lost: (state.lost = true) });
  } finally {
    asking = false;
    plan(document.hidden ? HIDDEN_MS : Date.now() < eagerUntil ? EAGER_MS : SETTLED_MS);
  }
}

function take(answer) {
  const anew = answer.epoch !== epoch;
  if (anew) {
    [epoch, last, state.moments] = [answer.epoch, 0, []];
    state.read.clear();
  }
  const minute = Math.floor(answer.now / 60) !== Math.floor(state.now / 60);
  state.now = answer.now;
  if (answer.stage) [mark, state.stage] = [answer.mark, answer.stage];
  const fresh = answer.moments.filter((moment) => moment.number > last);
  if (fresh.length) last = fresh.at(-1).number;
  state.moments = [...state.moments, ...fresh].slice(-KEPT);
  if (anew) readBefore = begun ? 0 : last;
  const personGone = settleUser();
  if (fresh.length || answer.stage || anew || minute) tell({ fresh: begun ? fresh : [], stage: Boolean(answer.stage), anew, user: personGone });
  begun = true;
}

/** The phone is always in somebody's hand, if there is anybody. */
function settleUser() {
  const people = state.stage?.people ?? [];
  if (people.some((one) => one.user === state.user)) return false;
  const [before, kept] = [state.user, people.find((one) => one.user === localStorage.getItem("phone.user"))];
  state.user = (kept ?? people[0])?.user ?? "";
  return state.user !== before;
}

export function hold(user) {
  state.user = user;
  localStorage.setItem("phone.user", user);
  tell({ user: true });
}

export const person = (user = state.user) => state.stage?.people.find((one) => one.user === user);
export const account = (appid) => state.stage?.accounts.find((one) => one.appid === appid);
export const accounts = (...kinds) => (state.stage?.accounts ?? []).filter((one) => kinds.includes(one.kind));
export const eyes = (appid) => state.stage?.eyes[state.user]?.[appid] ?? { follows: false, menu: [], credits: {} };
export const can = (action) => Boolean(state.stage?.can.includes(action));

const CHAT_VIA = new Set(["reply", "customer_service", "notice", "template_message", "mass_message", "menu"]);
const mine = (moment) => moment.user === state.user;

/** An answer that nobody sees: the account has handed the person over to human service. */
const handsOver = (moment) => moment.what === "push" && moment.thing.deliveries.at(-1)?.reply?.MsgType === "transfer_customer_service";

/** The chat with an account: what was written both ways, that somebody followed or left, or was handed over. */
export function chatMoments(appid) {
  const isChat = (moment) => moment.what === "said" || (moment.what === "shown" && CHAT_VIA.has(moment.thing.via)) || handsOver(moment);
  return state.moments.filter((moment) => mine(moment) && moment.appid === appid && isChat(moment));
}

export const notices = () => state.moments.filter((moment) => mine(moment) && moment.what === "shown" && moment.thing.via === "subscribe_message");
export const texts = () => state.moments.filter((moment) => mine(moment) && moment.what === "shown" && moment.thing.via === "sms");

const place = (name) => `${state.user}/${name}`;
export function markRead(name) {
  state.read.set(place(name), last);
}
export function unread(name, moments) {
  if (!state.read.has(place(name))) state.read.set(place(name), readBefore);
  return moments.filter((moment) => moment.what === "shown" && moment.number > state.read.get(place(name))).length;
}
