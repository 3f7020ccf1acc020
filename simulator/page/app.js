// The chat page: people on the left, up to three of them beside each other, a clock above.

import { $, MOST_COLUMNS, ask, el, face, page, renew, touch_free } from "/sim/base.js";
import { fold, move_clock, start_clock, told_time } from "/sim/clock.js";
import { Column } from "/sim/column.js";
import { shut } from "/sim/controls.js";

const MOST_LISTED = 200;

// ---- columns ---------------------------------------------------------------------------------

const around = { list, remember, activate, close };

function activate(column) {
  const index = page.columns.indexOf(column);
  if (index < 0 || index === page.active) return;
  page.active = index;
  mark();
}

function mark() {
  page.columns.forEach((column, index) => {
    column.node.classList.toggle("active", index === page.active);
    column.closer.hidden = page.columns.length === 1;
  });
  $("columns").classList.toggle("many", page.columns.length > 1);
  $("beside").disabled = page.columns.length >= MOST_COLUMNS;
}

function add() {
  if (page.columns.length >= MOST_COLUMNS) return null;
  const column = new Column(around);
  page.columns.push(column);
  page.active = page.columns.length - 1;
  $("columns").append(column.node);
  mark();
  return column;
}

function close(column) {
  if (page.columns.length === 1) return;
  page.columns = page.columns.filter((one) => one !== column);
  column.node.remove();
  page.active = Math.min(page.active, page.columns.length - 1);
  mark();
  list();
  remember();
}

// The address always leads back to what is open.
function remember() {
  const query = new URLSearchParams();
  for (const column of page.columns) {
    if (!column.person) continue;
    query.append("as", column.person.name);
    query.append("chat", column.chat);
  }
  history.replaceState(null, "", `/?${query}`);
}

// ---- people ----------------------------------------------------------------------------------

function list() {
  const wanted = $("search").value.trim().toLowerCase();
  const found = page.people.filter((person) => !wanted
    || `${person.name}${person.unit}${person.userid}${person.role}`.toLowerCase().includes(wanted));
  const roles = new Map();
  for (const person of found.slice(0, MOST_LISTED)) {
    if (!roles.has(person.role)) roles.set(person.role, []);
    roles.get(person.role).push(person);
  }
  const opened = new Set(page.columns.map((column) => column.person?.userid));
  const made = [];
  for (const [role, people] of roles) {
    made.push(el("h2", {}, role));
    made.push(...people.map((person) => entry(person, opened.has(person.userid))));
  }
  if (found.length > MOST_LISTED) {
    made.push(el("p", {}, `还有 ${found.length - MOST_LISTED} 人，请搜索姓名。`));
  }
  if (!found.length) made.push(el("p", {}, "没有找到这个人。"));
  renew($("list"), made);
}

function entry(person, open) {
  const news = page.unread.has(person.userid.toLowerCase())
    ? el("span", { class: "new", role: "img", "aria-label": "有新消息" }) : null;
  return el("button", {
    class: open ? "person open" : "person", "data-id": person.userid,
    onclick: () => choose(person),
  }, face(person.name), el("span", { class: "who" }, el("b", {}, person.name),
    el("small", {}, person.unit)), news);
}

function choose(person) {
  drawer(false);
  const already = page.columns.find((column) => column.person === person);
  if (already) activate(already);
  else page.columns[page.active].open(person);
  if (touch_free()) page.columns[page.active].input.focus();
}

function drawer(open) {
  document.body.classList.toggle("listing", open);
  $("drawer").setAttribute("aria-expanded", String(open));
}

// ---- start -----------------------------------------------------------------------------------

async function reload() {
  const got = await ask("/sim/state");
  Object.assign(page, { name: got.name, first: got.first, people: got.people, hints: got.hints });
  const roles = [...new Set(page.people.map((person) => person.role))].join("、");
  $("brand").textContent = `${page.name || "机器人"} · 模拟聊天`;
  $("roles").textContent = roles ? `可扮演：${roles}` : "";
  document.title = roles ? `${$("brand").textContent}（${roles}）` : $("brand").textContent;
  list();
  return got.clock;
}

function listen() {
  const source = new EventSource("/sim/events");
  let lost = false;
  source.addEventListener("clock", (event) => told_time(JSON.parse(event.data)));
  source.addEventListener("changed", async (event) => {
    const users = new Set(JSON.parse(event.data).users);
    for (const column of page.columns) {
      const userid = column.person?.userid.toLowerCase();
      if (users.has(userid)) { users.delete(userid); await column.refresh(); }
    }
    for (const user of users) page.unread.add(user);
    if (users.size) list();
  });
  source.addEventListener("open", async () => {
    $("offline").hidden = true;
    if (!lost) return;
    lost = false;
    await reload();
    for (const column of page.columns) {
      column.cursor = 0;
      column.items.clear();
      await column.refresh();
    }
  });
  source.addEventListener("error", () => { lost = true; $("offline").hidden = false; });
}

function find(wanted) {
  return page.people.find((one) => one.name === wanted || one.userid === wanted);
}

async function start() {
  start_clock();
  told_time(await reload());
  const query = new URLSearchParams(location.search);
  if (query.get("at")) await move_clock({ set: query.get("at") });
  const chats = query.getAll("chat");
  const asked = query.getAll("as").slice(0, MOST_COLUMNS).map(find).filter(Boolean);
  const first = find(page.first) || page.people[0];
  if (!asked.length && first) asked.push(first);
  for (const [index, person] of asked.entries()) await add().open(person, chats[index]);
  if (!page.columns.length) add();
  page.active = 0;
  mark();
  list();
  listen();
  if (touch_free()) page.columns[0].input.focus();
}

$("search").addEventListener("input", list);
$("beside").addEventListener("click", () => {
  const column = add();
  if (!column) return;
  const free = page.people.find((one) => page.columns.every((other) => other.person !== one));
  if (free) column.open(free);
});
$("drawer").addEventListener("click", () => {
  drawer(!document.body.classList.contains("listing"));
  if (document.body.classList.contains("listing")) $("search").focus();
});
$("columns").addEventListener("click", (event) => {
  drawer(false);
  fold();
  for (const bar of document.querySelectorAll(".menubar")) {
    if (!bar.contains(event.target)) shut(bar);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("listing")) return;
  drawer(false);
  $("drawer").focus();
});
$("viewer").addEventListener("click", () => $("viewer").close());
start();
