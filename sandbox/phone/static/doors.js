// Knocks at the sandbox's doors: people's actions, the way to the backend, the shop's computer.

import { hurry, state } from "./store.js";

async function post(path, body) {
  hurry();
  try {
    const answer = await fetch(`/_sandbox${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return { ok: answer.ok, ...(await answer.json()) };
  } catch {
    return { ok: false, error: "lost" };
  } finally {
    hurry();
  }
}

export const act = (action, body) => post(`/users/${encodeURIComponent(state.user)}/${action}`, body);
/** Whoever holds the phone is who WeChat's pages of consent find in the browser. */
export const holdBrowser = () => post("/current", { user: state.user });
export const addPerson = (name) => post("/users", { name });
export const saveKey = (key) => post("/phone/settings", { backend_key: key });
export const bookSlot = (order) => post("/phone/shop", { user: state.user, ...order });

export const buy = (order) => post("/phone/orders", { user: state.user, ...order });

/** What each way in has brought, as the shop's computer is told. */
export async function tellWays(appid) {
  hurry();
  try {
    const answer = await fetch(`/_sandbox/phone/ways?${new URLSearchParams({ appid, user: state.user })}`);
    return answer.ok ? await answer.json() : { told: "refused" };
  } catch {
    return { told: "unreachable" };
  }
}

/** What the backend behind an account offers to phones: whether it answers, and of each door whether it may be there. */
export async function offerOf(appid) {
  try {
    const answer = await fetch(`/_sandbox/phone/backend?${new URLSearchParams({ appid })}`);
    const { reached = false, doors = null } = answer.ok ? await answer.json() : {};
    return { reached, has: (door) => !doors || doors.includes(door) };
  } catch {
    return { reached: false, has: () => true };
  }
}

export async function keepPicture(appid, blob) {
  const answer = await fetch(`/_sandbox/phone/pictures?${new URLSearchParams({ appid })}`, { method: "POST", headers: { "Content-Type": blob.type }, body: blob });
  return answer.ok ? (await answer.json()).media_id : "";
}

/** Ask the backend behind an account; `outcome` is fine, missing, ended, unreachable or refused. */
export async function ask(appid, method, path, { body = null, token = "" } = {}) {
  const answer = await post("/phone/backend", { appid, method, path, body, token, user: state.user });
  return { ...answer, outcome: judge(answer) };
}

function judge({ ok, status, body }) {
  if (!ok || status === 0 || status === undefined) return "unreachable";
  if (status < 300) return "fine";
  if ((status === 403 && body?.message) || body?.Code === "path_missing" || status === 405 || (status === 404 && !body?.Code)) return "missing";
  if (["session_refused", "session_ended"].includes(body?.Code)) return "ended";
  return status >= 500 ? "unreachable" : "refused";
}
