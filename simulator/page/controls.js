// What stands below and above a chat besides words: the ways to send, the app's menu, switches.

import { el, page, renew } from "/sim/base.js";

export function badge(name) {
  const look = { 企业微信: "wecom", QQ: "qq", QQ号: "onebot" }[name] || "";
  return el("span", { class: `badge ${look}` }, name);
}

// The chats of a person, each with its platform; arrow keys go from one to the next.
export function tabs(column) {
  const several = new Set(column.chats.map((one) => one.badge)).size > 1;
  renew(column.tabs, column.chats.map((one) => el("button", {
    role: "tab", "data-id": one.id, "aria-selected": String(one.id === column.chat),
    tabIndex: one.id === column.chat ? 0 : -1,
    class: column.fresh.has(one.id) ? "new" : "",
    onclick: () => column.turn(one.id),
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = column.chats;
      const next = all[(all.indexOf(one) + step + all.length) % all.length];
      column.turn(next.id);
      column.tabs.querySelector('[aria-selected="true"]').focus();
    },
  }, several ? badge(one.badge) : null, one.group ? `群：${one.name}` : one.name)));
  const open = column.tabs.querySelector('[aria-selected="true"]');
  if (!open) return;
  const row = column.tabs;
  row.scrollLeft = between(row.scrollLeft, open.offsetLeft, open.offsetWidth, row.clientWidth);
  row.scrollTop = between(row.scrollTop, open.offsetTop, open.offsetHeight, row.clientHeight);
}

// Where to scroll so that a part that starts at `start` is in sight.
function between(now, start, length, room) {
  return Math.max(Math.min(now, start - 8), start + length - room);
}

// Whether the bot may write first, where the platform lets people decide that.
export function strip(column) {
  const chat = column.chat_of(column.chat);
  const known = chat && chat.pushes !== null;
  column.strip.hidden = !known;
  if (!known) return;
  const who = chat.group ? "这个群" : "您";
  column.pushes.checked = chat.pushes;
  column.pushes_words.textContent = chat.pushes
    ? `${who}接收机器人的主动消息`
    : `${who}已拒收主动消息，机器人只能在有人说话之后回复`;
}

export function chips(column) {
  renew(column.chips, page.hints.map((hint) => el("button", {
    "data-id": hint, onclick: () => column.say(hint),
  }, hint)));
}

// The menu of an app as WeCom shows it: up to three columns, each an entry or a list of entries.
export function menu(column) {
  const tops = column.chat_of(column.chat)?.menu || [];
  const written = JSON.stringify(tops);
  if (column.menu.dataset.made === written) return;
  column.menu.dataset.made = written;
  column.menu.hidden = !tops.length;
  column.menu.replaceChildren(...tops.map((top) => (top.entries.length
    ? folded(column, top) : el("div", {}, entry(column, top)))));
}

function folded(column, top) {
  const list = el("div", { class: "entries", hidden: true },
    ...top.entries.map((one) => entry(column, one)));
  const opener = el("button", { class: "top", "aria-expanded": "false", onclick: () => {
    const opened = list.hidden;
    shut(column.menu);
    list.hidden = !opened;
    opener.setAttribute("aria-expanded", String(opened));
  } }, `☰ ${top.name}`);
  return el("div", { onkeydown: (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    shut(column.menu);
    opener.focus();
  } }, list, opener);
}

function entry(column, one) {
  return el("button", { onclick: () => {
    shut(column.menu);
    if (/^https?:\/\//i.test(one.url)) window.open(one.url, "_blank", "noopener,noreferrer");
    column.act("/sim/menu", { key: one.key || one.url });
  } }, one.name);
}

export function shut(bar) {
  for (const list of bar.querySelectorAll(".entries")) list.hidden = true;
  for (const one of bar.querySelectorAll(".top")) one.setAttribute("aria-expanded", "false");
}

// What can be sent besides words and files; folded away until the plus is pressed.
export function more(column, camera) {
  const label = el("input", { value: "城关小学", "aria-label": "地点名称" });
  const latitude = el("input", { value: "31.2304", "aria-label": "纬度", inputmode: "decimal" });
  const longitude = el("input", { value: "121.4737", "aria-label": "经度", inputmode: "decimal" });
  const where = el("form", { class: "where", hidden: true, onsubmit: (event) => {
    event.preventDefault();
    where.hidden = true;
    column.act("/sim/locate", { label: label.value, latitude: latitude.value,
      longitude: longitude.value });
  } }, label, latitude, longitude, el("button", {}, "发送位置"));
  const made = el("div", { class: "more-ways", hidden: true },
    el("button", { "data-way": "voice", title: "把输入框里的话当作语音发出",
      onclick: () => column.speak() }, "语音"),
    el("button", { "data-way": "place", onclick: () => { where.hidden = !where.hidden; } }, "位置"),
    el("button", { "data-way": "picture", onclick: () => camera.click() }, "图片"),
    el("button", { "data-way": "robot", title: "它的地址会显示在这个群里，只有您看得到",
      onclick: () => column.act("/sim/robot", {}) }, "添加群机器人"), where);
  return made;
}

export function allow(column) {
  const ways = column.chat_of(column.chat)?.ways || [];
  for (const one of column.more.querySelectorAll("[data-way]")) {
    one.hidden = !ways.includes(one.dataset.way);
  }
  if (!ways.includes("place")) column.more.querySelector(".where").hidden = true;
}

export function paperclip() {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.2a1.6 1.6 0 0 1-2.3-2.3L14.5 7");
  path.setAttribute("fill", "none");
  path.setAttribute("stroke-width", "1.7");
  path.setAttribute("stroke-linecap", "round");
  icon.append(path);
  return icon;
}
