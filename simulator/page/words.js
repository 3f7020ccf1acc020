// Text and markdown of messages as nodes; no markup of a message is ever taken for the page's own.

import { el, link } from "/sim/base.js";

// Text messages: line breaks, bare addresses, and <a href="…">…</a> as WeCom allows.
export function plain(text) {
  const made = document.createDocumentFragment();
  const pattern = /<a\s+href="([^"]*)"[^>]*>([^<]*)<\/a>|(https?:\/\/[^\s，。；、）)"'<>]+)/gi;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    made.append(text.slice(end, match.index));
    made.append(match[3] ? link(match[3], match[3]) : link(match[1], match[2]));
    end = match.index + match[0].length;
  }
  made.append(text.slice(end));
  return made;
}

// `escapes`: whether a backslash takes a sign's meaning away, as on QQ.
function inline(text, escapes) {
  const made = document.createDocumentFragment();
  const pattern = new RegExp(
    (escapes ? "\\\\([\\\\`*_{}\\[\\]()#+\\-.!<>~|])" : "([^\\s\\S])")
    + "|\\*\\*(.+?)\\*\\*|\\[([^\\]]*)\\]\\(([^)\\s]*)\\)|`([^`]+)`"
    + "|<font color=\"(info|comment|warning)\">(.*?)</font>", "g");
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    made.append(text.slice(end, match.index));
    if (match[1] !== undefined) made.append(match[1]);
    else if (match[2] !== undefined) made.append(el("b", {}, inline(match[2], escapes)));
    else if (match[4] !== undefined) made.append(link(match[4], match[3]));
    else if (match[5] !== undefined) made.append(el("code", {}, match[5]));
    else made.append(el("span", { class: match[6] }, inline(match[7], escapes)));
    end = match.index + match[0].length;
  }
  made.append(text.slice(end));
  return made;
}

export function markdown(text, escapes = false) {
  const made = document.createDocumentFragment();
  const put = (tag, words) => made.append(el(tag, {}, inline(words, escapes)));
  let code = null;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      if (code === null) code = [];
      else { made.append(el("pre", {}, code.join("\n"))); code = null; }
    } else if (code !== null) code.push(line);
    else if (/^#{1,6} /.test(line)) put("h4", line.replace(/^#+ /, ""));
    else if (/^> ?/.test(line)) put("blockquote", line.replace(/^> ?/, ""));
    else if (/^(\*\*\*|---)\s*$/.test(line)) made.append(el("hr"));
    else if (line) put("p", line.replace(/^[-*] /, "· "));
    else made.append(el("p", {}, el("br")));
  }
  if (code !== null) made.append(el("pre", {}, code.join("\n")));
  return made;
}
