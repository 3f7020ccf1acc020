// The chat page: people on the left, up to three chats beside each other, a clock above.
// Everything that comes from a person or a bot reaches the page through textContent only.

const MOST_COLUMNS = 3;
const MOST_LISTED = 200;
const GAP_MINUTES = 5;
const WEEK = "日一二三四五六";
const $ = (id) => document.getElementById(id);

let world = { people: [], groups: [], others: [], hints: [], app: null, bot: null };
let columns = [];
let active = 0;
let clock = { now: Date.now(), got: Date.now(), frozen: false, real: true };
const unread = new Set();

// ---- small helpers ---------------------------------------------------------------------------

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function tell(path, body) {
  const form = body instanceof FormData;
  const headers = { "X-Sim": "1" };
  if (!form) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method: "POST", headers, body: form ? body : JSON.stringify(body),
  });
  const kind = answer.headers.get("Content-Type") || "";
  if (kind.includes("json")) return answer.json();
  return { ok: answer.ok, reason: await answer.text() };
}

// Only web addresses become links: never javascript: or the like.
function link(address, caption) {
  if (!/^https?:\/\//i.test(address)) return document.createTextNode(caption);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, caption);
}

function face(name, bot = false) {
  let sum = 0;
  for (const sign of name) sum += sign.codePointAt(0);
  const helper = [world.app, world.bot].some((one) => one && one.name === name);
  const letter = bot && helper ? "助手" : [...name][0] || "?";
  const look = bot ? "face bot" : `face f${sum % 6}`;
  return el("span", { class: look, "aria-hidden": "true" }, letter);
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1048576) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1048576).toFixed(1)} MB`;
}

// ---- text ------------------------------------------------------------------------------------

// Text messages: line breaks, bare addresses, and <a href="…">…</a> as WeCom allows.
function plain(text) {
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

function inline(text) {
  const made = document.createDocumentFragment();
  const pattern = new RegExp(
    "\\*\\*(.+?)\\*\\*|\\[([^\\]]*)\\]\\(([^)\\s]*)\\)|`([^`]+)`"
    + "|<font color=\"(info|comment|warning)\">(.*?)</font>", "g");
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    made.append(text.slice(end, match.index));
    if (match[1] !== undefined) made.append(el("b", {}, inline(match[1])));
    else if (match[3] !== undefined) made.append(link(match[3], match[2]));
    else if (match[4] !== undefined) made.append(el("code", {}, match[4]));
    else made.append(el("span", { class: match[5] }, inline(match[6])));
    end = match.index + match[0].length;
  }
  made.append(text.slice(end));
  return made;
}

function markdown(text) {
  const made = document.createDocumentFragment();
  let code = null;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      if (code === null) code = [];
      else { made.append(el("pre", {}, code.join("\n"))); code = null; }
    } else if (code !== null) code.push(line);
    else if (/^#{1,6} /.test(line)) made.append(el("h4", {}, inline(line.replace(/^#+ /, ""))));
    else if (/^> ?/.test(line)) made.append(el("blockquote", {}, inline(line.replace(/^> ?/, ""))));
    else made.append(el("p", {}, inline(line.replace(/^[-*] /, "· ")), line ? null : el("br")));
  }
  if (code !== null) made.append(el("pre", {}, code.join("\n")));
  return made;
}

// ---- messages --------------------------------------------------------------------------------

function draw(column, item) {
  if (item.kind === "recalled" || item.kind === "notice") {
    return el("div", { class: "notice" }, item.text);
  }
  const stack = el("div", { class: "stack" });
  const group = world.groups.some((one) => one.id === item.chat);
  if (group && !item.mine) stack.append(el("span", { class: "name" }, item.sender));
  stack.append(body(column, item));
  if (item.pending) stack.append(el("span", { class: "state" }, "发送中…"));
  if (item.failure) {
    const said = item.mine ? `未送达：${item.failure}` : item.failure;
    stack.append(el("span", { class: "state bad", role: "alert" }, said));
  }
  const person = world.people.some((one) => one.name === item.sender);
  const row = el("div", { class: item.mine ? "item mine" : "item" });
  row.append(face(item.mine ? column.person.name : item.sender, !item.mine && !person), stack);
  return row;
}

function body(column, item) {
  if (item.kind === "card") return card(column, item);
  if (item.kind === "link") return shared(item);
  if (item.kind === "voice") {
    return el("div", { class: "bubble plain voice" },
      el("span", { class: "tag" }, "语音"), item.text);
  }
  if (item.kind === "location") {
    return el("div", { class: "bubble place" }, el("span", { class: "tag" }, "位置"),
      el("b", {}, item.text), el("small", {}, item.title));
  }
  if (item.kind === "image" && item.picture) {
    const source = `/sim/media/${encodeURIComponent(item.media)}`;
    const picture = el("img", { src: source, alt: item.file_name || "图片" });
    picture.addEventListener("load", () => settle(column));
    return el("button", { class: "shot", "aria-label": "看大图", onclick: () => enlarge(source) },
      picture);
  }
  if (item.kind === "file" || item.kind === "image") {
    const ending = (item.file_name.split(".").pop() || "").slice(0, 4).toUpperCase();
    const label = el("span", {}, item.file_name, el("small", {}, `${size(item.file_size)} · 下载`));
    const way = `/sim/media/${encodeURIComponent(item.media)}`;
    return el("a", { class: "bubble file", href: way, download: item.file_name },
      el("span", { class: "ext" }, ending), label);
  }
  if (item.kind === "markdown") {
    return el("div", { class: item.done ? "bubble" : "bubble growing" }, markdown(item.text));
  }
  return el("div", { class: "bubble plain" }, plain(item.text));
}

function shared(item) {
  const made = el("div", { class: "bubble place" }, el("span", { class: "tag" }, "链接"));
  made.append(el("b", {}, link(item.card.url, item.title)), el("small", {}, item.text));
  return made;
}

function enlarge(source) {
  const viewer = $("viewer");
  viewer.querySelector("img").src = source;
  viewer.showModal();
}

function card(column, item) {
  const data = item.card;
  const inner = el("div", { class: "inner" });
  const menu = data.menu.map((entry) => el("button", {
    class: "more", onclick: () => press(column, item, entry.key),
  }, entry.text));
  if (data.source || menu.length) {
    inner.append(el("div", { class: "source" }, el("span", {}, data.source),
      el("span", {}, ...menu)));
  }
  if (data.title) inner.append(el("h3", {}, data.title));
  if (data.desc) inner.append(el("div", { class: "desc" }, data.desc));
  if (data.emphasis[0]) {
    inner.append(el("div", { class: "big" }, el("b", {}, data.emphasis[0]),
      el("span", { class: "desc" }, data.emphasis[1])));
  }
  if (data.quote) inner.append(el("div", { class: "quote" }, data.quote));
  if (data.text) inner.append(el("div", { class: "words" }, plain(data.text)));
  if (data.rows.length) {
    const pairs = data.rows.flatMap((row) => [
      el("dt", {}, row.value ? row.name : link(row.url, row.name)),
      el("dd", {}, row.url ? link(row.url, row.value) : row.value)]);
    inner.append(el("dl", {}, ...pairs));
  }
  for (const question of data.questions) inner.append(ask_about(item, question));
  const made = el("div", { class: "bubble card", "data-id": item.id });
  if (/^https?:\/\//i.test(data.image)) {
    made.append(el("img", { class: "pic", src: data.image, alt: "", referrerpolicy: "no-referrer" }));
  }
  made.append(inner);
  if (data.links.length) {
    made.append(el("div", { class: "links" },
      ...data.links.map((one) => link(one.url, one.name))));
  }
  if (data.buttons.length) made.append(el("div", { class: "acts" },
    ...data.buttons.map((button) => act(column, item, button))));
  return made;
}

function act(column, item, button) {
  if (button.url && /^https?:\/\//i.test(button.url)) {
    const opened = link(button.url, button.text);
    opened.className = button.tone;
    return opened;
  }
  return el("button", {
    class: button.tone, disabled: !button.enabled, onclick: (event) => {
      const made = event.target.closest(".card");
      for (const one of made.querySelectorAll(".acts button")) one.disabled = true;
      press(column, item, button.key, made).then(() => show(column, [item], true));
    },
  }, button.text);
}

function ask_about(item, question) {
  const shut = !question.enabled;
  if (!question.many && item.card.type !== "vote_interaction") {
    const select = el("select", { "data-key": question.key, disabled: shut, "aria-label": question.title });
    for (const option of question.options) {
      const chosen = question.chosen.includes(option.id);
      select.append(el("option", { value: option.id, selected: chosen }, option.text));
    }
    return el("div", { class: "ask" }, el("span", {}, question.title), select);
  }
  const set = el("fieldset", { disabled: shut });
  if (question.title) set.append(el("legend", {}, question.title));
  for (const option of question.options) {
    set.append(el("label", {}, el("input", {
      type: question.many ? "checkbox" : "radio", name: `${item.id}:${question.key}`,
      value: option.id, checked: question.chosen.includes(option.id), "data-key": question.key,
    }), ` ${option.text}`));
  }
  return el("div", { class: "ask" }, set);
}

function chosen(made) {
  const choices = {};
  for (const one of made.querySelectorAll("select[data-key]")) choices[one.dataset.key] = [one.value];
  for (const one of made.querySelectorAll("input[data-key]:checked")) {
    (choices[one.dataset.key] ||= []).push(one.value);
  }
  return choices;
}

async function press(column, item, key, made = null) {
  const choices = made ? chosen(made) : {};
  const got = await tell("/sim/press", { as: column.person.userid, id: item.id, key, choices });
  complain(column, got.ok ? "" : `未送达：${got.reason}`);
  await refresh(column);
}

// ---- columns ---------------------------------------------------------------------------------

class Column {
  constructor() {
    this.person = null;
    this.chat = "app";
    this.items = new Map();
    this.fresh = new Set();
    this.cursor = 0;
    this.drafts = new Map();
    this.build();
  }

  build() {
    this.who = el("div", { class: "who" });
    this.portrait = el("span");
    this.tabs = el("div", { class: "tabs", role: "tablist" });
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabIndex: 0 });
    // A column that grows narrower makes its messages longer: whoever stood at the end stays there.
    this.log.addEventListener("scroll", () => { this.low = at_end(this.log); });
    new ResizeObserver(() => settle(this)).observe(this.log);
    this.chips = el("div", { class: "chips" });
    this.problem = el("div", { class: "problem", role: "alert", hidden: true });
    this.input = el("textarea", {
      rows: 1, placeholder: "输入消息，Enter 发送", "aria-label": "输入消息",
      oninput: () => grow(this.input),
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          say(this, this.input.value);
        }
      },
    });
    const picker = el("input", { type: "file", hidden: true,
      onchange: () => { upload(this, picker.files); picker.value = ""; } });
    const camera = el("input", { type: "file", hidden: true, accept: "image/png,image/jpeg",
      onchange: () => { upload(this, camera.files); camera.value = ""; } });
    this.more = more(this, camera);
    const plus = el("button", { class: "clip plus", title: "语音、位置、图片",
      "aria-label": "更多：语音、位置、图片", "aria-expanded": "false",
      onclick: () => {
        this.more.hidden = !this.more.hidden;
        plus.setAttribute("aria-expanded", String(!this.more.hidden));
      } }, "＋");
    const clip = el("button", { class: "clip", title: "发送文件", "aria-label": "发送文件",
      onclick: () => picker.click() }, paperclip());
    const send = el("button", { class: "send", onclick: () => say(this, this.input.value) }, "发送");
    this.closer = el("button", { class: "close", "aria-label": "关闭这一列",
      onclick: (event) => { event.stopPropagation(); close(this); } }, "×");
    this.node = el("section", { class: "column",
      onfocusin: () => activate(columns.indexOf(this)),
      onclick: () => activate(columns.indexOf(this)),
      ondragover: (event) => { event.preventDefault(); this.node.classList.add("drop"); },
      ondragleave: () => this.node.classList.remove("drop"),
      ondrop: (event) => {
        event.preventDefault();
        this.node.classList.remove("drop");
        upload(this, event.dataTransfer.files);
      },
    },
    el("div", { class: "head" }, this.portrait, this.who, this.closer), this.tabs, this.log,
    el("div", { class: "foot" }, this.chips, this.problem,
      el("div", { class: "entry" }, clip, picker, camera, plus, this.input, send), this.more));
  }
}

// What can be sent besides words and files; folded away until the plus is pressed.
function more(column, camera) {
  const label = el("input", { value: "城关小学", "aria-label": "地点名称" });
  const latitude = el("input", { value: "31.2304", "aria-label": "纬度", inputmode: "decimal" });
  const longitude = el("input", { value: "121.4737", "aria-label": "经度", inputmode: "decimal" });
  const where = el("form", { class: "where", hidden: true, onsubmit: (event) => {
    event.preventDefault();
    where.hidden = true;
    act_as(column, "/sim/locate", { label: label.value, latitude: latitude.value,
      longitude: longitude.value });
  } }, label, latitude, longitude, el("button", {}, "发送位置"));
  return el("div", { class: "more-ways", hidden: true },
    el("button", { title: "把输入框里的话当作语音发出", onclick: () => speak(column) }, "语音"),
    el("button", { onclick: () => { where.hidden = !where.hidden; } }, "位置"),
    el("button", { onclick: () => camera.click() }, "图片"), where);
}

async function speak(column) {
  const said = column.input.value;
  if (said.trim()) { column.input.value = ""; grow(column.input); }
  await act_as(column, "/sim/speak", { text: said });
}

async function act_as(column, path, body) {
  if (!column.person) return;
  column.low = true;
  const got = await tell(path, { as: column.person.userid, chat: column.chat, ...body });
  complain(column, got.ok || got.attempts ? "" : got.reason);
  await refresh(column);
}

function paperclip() {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  icon.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.2a1.6 1.6 0 0 1-2.3-2.3L14.5 7");
  path.setAttribute("fill", "none");
  path.setAttribute("stroke-width", "1.7");
  path.setAttribute("stroke-linecap", "round");
  icon.append(path);
  return icon;
}

function grow(input) {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + 2}px`;
}

function chats(person) {
  const made = [];
  if (world.app) made.push({ id: "app", name: world.app.name, group: false });
  if (world.bot) made.push({ id: "bot", name: world.bot.name, group: false, ai: true });
  if (made.length === 2 && made[0].name === made[1].name) made[1].name += "（智能机器人）";
  for (const other of world.others) made.push({ ...other, group: false });
  for (const group of world.groups) {
    if (group.members.includes(person.userid.toLowerCase())) {
      made.push({ id: group.id, name: group.name, group: true, bot: group.bot });
    }
  }
  return made;
}

async function open(column, person, chat = null) {
  if (column.person) column.drafts.set(column.person.userid, column.input.value);
  const known = chats(person).map((one) => one.id);
  column.person = person;
  column.chat = known.includes(chat) ? chat : known[0] || "app";
  column.items = new Map();
  column.fresh = new Set();
  column.cursor = 0;
  column.input.value = column.drafts.get(person.userid) || "";
  unread.delete(person.userid.toLowerCase());
  complain(column, "");
  head(column);
  await refresh(column);
  column.fresh.clear();
  head(column);
  paint(column);
  list();
  remember();
}

function head(column) {
  const person = column.person;
  column.portrait.replaceChildren(face(person.name));
  column.who.replaceChildren(el("b", {}, person.name),
    el("small", {}, [person.role, person.unit].filter(Boolean).join(" · ")));
  column.tabs.replaceChildren(...chats(person).map((one) => el("button", {
    role: "tab", "aria-selected": String(one.id === column.chat),
    class: column.fresh.has(one.id) ? "new" : "",
    onclick: () => {
      column.chat = one.id;
      column.fresh.delete(one.id);
      complain(column, "");
      head(column);
      paint(column);
      remember();
    },
  }, one.group ? `群：${one.name}` : one.name)));
  const here = chats(person).find((one) => one.id === column.chat);
  column.input.placeholder = here?.group && here.bot
    ? `在群里 @${here.bot}，Enter 发送` : "输入消息，Enter 发送";
  const menu = column.chat === "app" && world.app ? world.app.menu : [];
  const entries = menu.flatMap((top) => (top.entries.length ? top.entries : [top]));
  column.chips.replaceChildren(
    ...world.hints.map((hint) => el("button", { onclick: () => say(column, hint) }, hint)),
    ...entries.filter((one) => one.key && !world.hints.includes(one.name)).map((one) => el("button", {
      class: "menu", title: "应用菜单", onclick: () => menu_click(column, one.key),
    }, one.name)));
}

async function refresh(column) {
  const person = column.person;
  if (!person) return;
  const way = `/sim/feed?as=${encodeURIComponent(person.userid)}&since=${column.cursor}`;
  const got = await ask(way);
  if (column.person !== person) return;
  // A group that an app has made since the page was opened.
  const known = new Set(chats(person).map((one) => one.id));
  if (got.items.some((item) => !known.has(item.chat))) world = await ask("/sim/state");
  column.cursor = Math.max(column.cursor, got.cursor);
  show(column, got.items);
}

function show(column, items, again = false) {
  for (const item of items) {
    const known = column.items.get(item.id);
    if (!known && item.chat !== column.chat && !item.mine) column.fresh.add(item.chat);
    if (!again && known && known.changed > item.changed) continue;
    if (!again) column.items.set(item.id, item);
  }
  if (items.length) { head(column); paint(column); }
}

// Redraws the open chat; what a person has chosen in a card meanwhile is kept by its message.
function paint(column) {
  const log = column.log;
  const low = at_end(log);
  const old = new Map([...log.children].filter((one) => one.dataset.key)
    .map((one) => [one.dataset.key, one]));
  const made = [];
  let last = 0;
  for (const item of [...column.items.values()].sort((a, b) => a.seq - b.seq)) {
    if (item.chat !== column.chat) continue;
    const at = Date.parse(item.at);
    if (Math.abs(at - last) > GAP_MINUTES * 60000) {
      made.push(el("div", { class: "stamp" }, item.at.replace("T", " ")));
    }
    last = at;
    const key = `${item.id}:${item.changed}`;
    const busy = old.get(key)?.querySelector(".acts button:disabled") && item.card
      && item.card.buttons.some((one) => one.enabled);
    const node = old.has(key) && !busy ? old.get(key) : draw(column, item);
    node.dataset.key = key;
    made.push(node);
  }
  if (!made.length) {
    made.push(el("p", { class: "empty" }, "还没有消息。在下面输入一句话，或点一个常用问题。"));
  }
  log.replaceChildren(...made);
  column.low = low;
  if (low || made.at(-1).classList.contains("mine")) log.scrollTop = log.scrollHeight;
}

function at_end(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function settle(column) {
  if (column.low) column.log.scrollTop = column.log.scrollHeight;
}

function complain(column, text) {
  column.problem.textContent = text;
  column.problem.hidden = !text;
}

async function say(column, text) {
  const said = text.trim();
  if (!said || !column.person) return;
  column.input.value = "";
  grow(column.input);
  column.input.focus();
  column.low = true;
  column.log.scrollTop = column.log.scrollHeight;
  const got = await tell("/sim/say", { as: column.person.userid, chat: column.chat, text: said });
  // A delivery that failed is marked at the message itself; this is for what was never sent.
  complain(column, got.ok || got.attempts ? "" : got.reason);
  await refresh(column);
}

async function menu_click(column, key) {
  const got = await tell("/sim/menu", { as: column.person.userid, key });
  complain(column, got.ok ? "" : `未送达：${got.reason}`);
}

async function upload(column, files) {
  if (!column.person) return;
  for (const file of files) {
    const form = new FormData();
    form.append("file", file, file.name);
    const query = new URLSearchParams({ as: column.person.userid, chat: column.chat });
    const got = await tell(`/sim/file?${query}`, form);
    complain(column, got.ok || got.attempts ? "" : got.reason);
  }
  await refresh(column);
}

function activate(index) {
  if (index < 0 || index === active) return;
  active = index;
  mark();
}

function mark() {
  columns.forEach((column, index) => {
    column.node.classList.toggle("active", index === active);
    column.closer.hidden = columns.length === 1;
  });
  $("columns").classList.toggle("many", columns.length > 1);
  $("beside").disabled = columns.length >= MOST_COLUMNS;
}

function add() {
  if (columns.length >= MOST_COLUMNS) return null;
  const column = new Column();
  columns.push(column);
  active = columns.length - 1;
  $("columns").append(column.node);
  mark();
  return column;
}

function close(column) {
  if (columns.length === 1) return;
  columns = columns.filter((one) => one !== column);
  column.node.remove();
  active = Math.min(active, columns.length - 1);
  mark();
  list();
  remember();
}

// The address always leads back to what is open.
function remember() {
  const query = new URLSearchParams();
  for (const column of columns) {
    if (!column.person) continue;
    query.append("as", column.person.name);
    query.append("chat", column.chat);
  }
  history.replaceState(null, "", `/?${query}`);
}

// ---- people ----------------------------------------------------------------------------------

function list() {
  const wanted = $("search").value.trim().toLowerCase();
  const found = world.people.filter((person) => !wanted
    || `${person.name}${person.unit}${person.userid}${person.role}`.toLowerCase().includes(wanted));
  const roles = new Map();
  for (const person of found.slice(0, MOST_LISTED)) {
    if (!roles.has(person.role)) roles.set(person.role, []);
    roles.get(person.role).push(person);
  }
  const opened = new Set(columns.map((column) => column.person?.userid));
  const made = [];
  for (const [role, people] of roles) {
    made.push(el("h2", {}, role));
    made.push(...people.map((person) => el("button", {
      class: opened.has(person.userid) ? "person open" : "person",
      onclick: () => choose(person),
    }, face(person.name), el("span", { class: "who" }, el("b", {}, person.name),
      el("small", {}, person.unit)),
    unread.has(person.userid.toLowerCase())
      ? el("span", { class: "new", role: "img", "aria-label": "有新消息" }) : null)));
  }
  if (found.length > MOST_LISTED) {
    made.push(el("p", {}, `还有 ${found.length - MOST_LISTED} 人，请搜索姓名。`));
  }
  if (!found.length) made.push(el("p", {}, "没有找到这个人。"));
  $("list").replaceChildren(...made);
}

function choose(person) {
  document.body.classList.remove("listing");
  const already = columns.findIndex((column) => column.person === person);
  if (already >= 0) activate(already);
  else open(columns[active], person);
  if (touch_free()) columns[active].input.focus();
}

// ---- clock -----------------------------------------------------------------------------------

// Office time is UTC+8 all year round.
function office(moment) {
  return new Date(moment + 8 * 3600000);
}

function tick() {
  const moment = clock.frozen ? clock.now : clock.now + Date.now() - clock.got;
  const local = office(moment);
  const text = local.toISOString();
  $("now").textContent = `${text.slice(0, 10)} 周${WEEK[local.getUTCDay()]} ${text.slice(11, 16)}`;
  $("mode").textContent = clock.frozen ? "已停住" : clock.real ? "真实时间" : "模拟时间";
  $("mode").classList.toggle("real", clock.real);
}

function told_time(got) {
  clock = { ...got, got: Date.now() };
  // what somebody is typing there is not ours to change
  if (!$("moment").dataset.typed) $("moment").value = got.local;
  tick();
}

async function move_clock(body) {
  const got = await tell("/sim/clock", body);
  delete $("moment").dataset.typed;
  told_time(got);
}

$("moment").addEventListener("input", () => { $("moment").dataset.typed = "yes"; });

$("clock").addEventListener("click", (event) => {
  const asked = event.target.dataset?.clock;
  if (!asked) return;
  if (asked === "set") { if ($("moment").value) move_clock({ set: $("moment").value }); }
  else if (asked === "next") move_clock({ next_day: "08:00" });
  else if (asked === "resume") move_clock({ resume: true });
  else move_clock({ minutes: Number(asked) });
});

// On a wide screen the tools stand in the bar, on a narrow one they fold away.
const narrow = window.matchMedia("(max-width: 1100px)");
function fold() { $("clock").open = !narrow.matches; }
narrow.addEventListener("change", fold);
fold();

// ---- start -----------------------------------------------------------------------------------

async function reload() {
  world = await ask("/sim/state");
  if (world.app) {
    $("brand").textContent = `${world.app.name} · 模拟企业微信`;
    document.title = $("brand").textContent;
  }
  list();
}

function listen() {
  const source = new EventSource("/sim/events");
  let lost = false;
  source.addEventListener("clock", (event) => told_time(JSON.parse(event.data)));
  source.addEventListener("changed", async (event) => {
    const users = new Set(JSON.parse(event.data).users);
    for (const column of columns) {
      const userid = column.person?.userid.toLowerCase();
      if (users.has(userid)) { users.delete(userid); await refresh(column); }
    }
    for (const user of users) unread.add(user);
    if (users.size) list();
  });
  source.addEventListener("open", async () => {
    $("offline").hidden = true;
    if (!lost) return;
    lost = false;
    await reload();
    for (const column of columns) { column.cursor = 0; column.items.clear(); await refresh(column); }
  });
  source.addEventListener("error", () => { lost = true; $("offline").hidden = false; });
}

function find(wanted) {
  return world.people.find((one) => one.name === wanted || one.userid === wanted);
}

async function start() {
  await reload();
  told_time(world.clock);
  const query = new URLSearchParams(location.search);
  if (query.get("at")) await move_clock({ set: query.get("at") });
  const chosenChats = query.getAll("chat");
  const names = query.getAll("as").slice(0, MOST_COLUMNS);
  const asked = names.map(find).filter(Boolean);
  if (!asked.length && world.people.length) asked.push(world.people[0]);
  for (const [index, person] of asked.entries()) await open(add(), person, chosenChats[index]);
  if (!columns.length) add();
  active = 0;
  mark();
  list();
  listen();
  setInterval(tick, 1000);
  if (touch_free()) columns[0].input.focus();
}

// On a phone a focused input would open the keyboard over the chat.
function touch_free() {
  return window.matchMedia("(min-width: 721px)").matches;
}

$("search").addEventListener("input", list);
$("beside").addEventListener("click", () => {
  const column = add();
  if (!column) return;
  const free = world.people.find((one) => columns.every((other) => other.person !== one));
  if (free) open(column, free);
});
$("drawer").addEventListener("click", () => {
  const listing = document.body.classList.toggle("listing");
  $("drawer").setAttribute("aria-expanded", String(listing));
});
$("columns").addEventListener("click", () => {
  document.body.classList.remove("listing");
  if (narrow.matches) $("clock").open = false;
});
$("viewer").addEventListener("click", () => $("viewer").close());
start();
