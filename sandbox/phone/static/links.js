// Reads the links in an account's text into safe elements: mini-program links, web links, items of a message menu.

import { button, h } from "./dom.js";

const LINK = /<a\s([^>]*)>([\s\S]*?)<\/a>/gi;
const ATTRIBUTE = /([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", "#34": '"' };

export const unescape = (text) => text.replace(/&(amp|lt|gt|quot|apos|#39|#34);/g, (_, name) => NAMED[name]);

export function readAttributes(text) {
  const found = {};
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) found[name.toLowerCase()] = unescape(double ?? single ?? "");
  return found;
}

/** The text as nodes; `open` is told `{appid, path}`, `{menuItem, label}` or `{url}`. */
export function readText(text, open) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    nodes.push(...lines(unescape(text.slice(from, match.index))));
    nodes.push(link(readAttributes(match[1]), unescape(match[2]), open));
    from = match.index + match[0].length;
  }
  nodes.push(...lines(unescape(text.slice(from))));
  return nodes;
}

function lines(text) {
  return text.split("\n").flatMap((one, index) => (index ? [h("br"), one] : [one]));
}

function link(attributes, label, open) {
  const target = targetOf(attributes, label);
  return target ? button(label, () => open(target), { class: "text-link" }) : h("span", {}, label);
}

function targetOf(attributes, label) {
  if (attributes["data-miniprogram-appid"]) return { appid: attributes["data-miniprogram-appid"], path: attributes["data-miniprogram-path"] ?? "" };
  const href = attributes.href ?? "";
  const item = href.match(/^weixin:\/\/bizmsgmenu\?.*msgmenuid=([^&]*)/);
  if (item) return { menuItem: decodeURIComponent(item[1]), label };
  return /^https?:\/\//i.test(href) ? { url: href } : null;
}
