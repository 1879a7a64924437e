// Logins at the backend: one for each person and account, kept while the page is open.

import { act, ask } from "./doors.js";
import { account, state } from "./store.js";

const kept = new Map();
const name = (appid, user = state.user) => `${user}/${appid}`;

export const tokenOf = (appid) => kept.get(name(appid))?.session_token ?? "";
export const forget = (appid) => kept.delete(name(appid));
export const keep = (appid, session) => kept.set(name(appid), session);

/** Log in as a mini program does: a code from WeChat, the session from the backend; says how it went. `launch`: how it was opened. */
export async function logIn(appid, launch = null) {
  const mini = account(appid);
  if (!mini?.account) return "nobackend";
  const user = state.user;
  const { code } = await act("login", { appid });
  if (!code) return "unreachable";
  const answer = await ask(appid, "POST", "/v1/sessions/mini-program", { body: { account: mini.account, code, ...(launch && { launch }) } });
  if (answer.outcome !== "fine") return answer.outcome;
  if (!answer.body?.session_token) return "strange";
  kept.set(name(appid, user), answer.body);
  return "fine";
}

/** Ask as the person who is logged in; an ended session is renewed by one new login. */
export async function askAs(appid, method, path, body = null) {
  const answer = await ask(appid, method, path, { body, token: tokenOf(appid) });
  if (answer.outcome !== "ended" || (await logIn(appid)) !== "fine") return answer;
  return ask(appid, method, path, { body, token: tokenOf(appid) });
}
