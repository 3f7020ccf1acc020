// One column: a person with all their chats. The page around it is told through `around`.

import { ask, el, face, page, sync, tell } from "/sim/base.js";
import { allow, chips, menu, more, paperclip, strip, tabs } from "/sim/controls.js";
import { draw } from "/sim/messages.js";

const GAP_MINUTES = 5;

export class Column {
  // around: { list, remember, activate, close }
  constructor(around) {
    this.around = around;
    this.person = null;
    this.chat = "";
    this.chats = [];
    this.items = new Map();
    this.fresh = new Set();
    this.cursor = 0;
    this.drafts = new Map();
    this.mention = true;
    this.low = true;
    this.build();
  }

  build() {
    this.who = el("div", { class: "who" });
    this.portrait = el("span");
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "对话" });
    this.pushes = el("input", { type: "checkbox", role: "switch",
      onchange: () => this.act("/sim/let_in", { on: this.pushes.checked }) });
    this.pushes_words = el("span");
    this.strip = el("label", { class: "strip", hidden: true }, this.pushes, this.pushes_words);
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabIndex: 0 });
    // A column that grows narrower makes its messages longer: whoever stood at the end stays there.
    this.log.addEventListener("scroll", () => { this.low = this.at_end(); });
    new ResizeObserver(() => {
      this.settle();
      this.room = this.measured();
    }).observe(this.log);
    this.closer = el("button", { class: "close", "aria-label": "关闭这一列",
      onclick: (event) => { event.stopPropagation(); this.around.close(this); } }, "×");
    this.node = el("section", { class: "column",
      onfocusin: () => this.around.activate(this),
      onclick: () => this.around.activate(this),
      ondragover: (event) => { event.preventDefault(); this.node.classList.add("drop"); },
      ondragleave: () => this.node.classList.remove("drop"),
      ondrop: (event) => {
        event.preventDefault();
        this.node.classList.remove("drop");
        this.upload(event.dataTransfer.files);
      },
    },
    el("div", { class: "head" }, this.portrait, this.who, this.closer), this.tabs, this.strip,
    this.log, this.foot());
  }

  foot() {
    this.chips = el("div", { class: "chips" });
    this.problem = el("div", { class: "problem", role: "alert", hidden: true });
    this.menu = el("div", { class: "menubar", hidden: true });
    this.at = el("button", { class: "at", hidden: true, onclick: () => {
      this.mention = !this.mention;
      this.head();
    } });
    this.input = el("textarea", {
      rows: 1, placeholder: "输入消息，Enter 发送", "aria-label": "输入消息",
      oninput: () => this.grow(),
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.say(this.input.value);
        }
      },
    });
    const picker = el("input", { type: "file", hidden: true, tabIndex: -1,
      onchange: () => { this.upload(picker.files); picker.value = ""; } });
    const camera = el("input", { type: "file", hidden: true, accept: "image/png,image/jpeg",
      onchange: () => { this.upload(camera.files); camera.value = ""; } });
    this.more = more(this, camera);
    const plus = el("button", { class: "clip plus", title: "语音、图片等",
      "aria-label": "更多：语音、图片等", "aria-expanded": "false",
      onclick: () => {
        this.more.hidden = !this.more.hidden;
        plus.setAttribute("aria-expanded", String(!this.more.hidden));
      } }, "＋");
    const clip = el("button", { class: "clip", title: "发送文件", "aria-label": "发送文件",
      onclick: () => picker.click() }, paperclip());
    const send = el("button", { class: "send", onclick: () => this.say(this.input.value) }, "发送");
    return el("div", { class: "foot" }, this.chips, this.problem,
      el("div", { class: "entry" }, clip, picker, camera, plus, this.at, this.input, send),
      this.more, this.menu);
  }

  // ---- looking -------------------------------------------------------------------------------

  chat_of(id) {
    return this.chats.find((one) => one.id === id);
  }

  async open(person, chat = null) {
    if (this.person) this.drafts.set(this.person.userid, this.input.value);
    this.person = person;
    this.chat = chat || "";
    this.chats = [];
    this.items = new Map();
    this.cursor = 0;
    this.low = true;
    this.input.value = this.drafts.get(person.userid) || "";
    page.unread.delete(person.userid.toLowerCase());
    this.complain("");
    await this.refresh();
    this.fresh.clear();
    this.head();
    this.paint();
    this.around.list();
    this.around.remember();
  }

  turn(chat) {
    this.chat = chat;
    this.fresh.delete(chat);
    this.complain("");
    this.head();
    this.paint();
    this.around.remember();
  }

  head() {
    const person = this.person;
    this.portrait.replaceChildren(face(person.name));
    this.who.replaceChildren(el("b", {}, person.name),
      el("small", {}, [person.role, person.unit].filter(Boolean).join(" · ")));
    const here = this.chat_of(this.chat);
    this.at.hidden = !(here?.group && here.bot);
    this.at.textContent = here?.bot ? `@${here.bot}` : "";
    this.at.setAttribute("aria-pressed", String(this.mention));
    this.at.title = this.mention ? "发送时 @ 机器人；点一下改为不 @" : "不 @ 机器人；点一下改为 @";
    this.input.placeholder = this.at.hidden ? "输入消息，Enter 发送"
      : this.mention ? "对机器人说，Enter 发送" : "只对群里的人说";
    tabs(this);
    strip(this);
    chips(this);
    menu(this);
    allow(this);
  }

  async refresh() {
    const person = this.person;
    if (!person) return;
    const way = `/sim/feed?as=${encodeURIComponent(person.userid)}&since=${this.cursor}`;
    const got = await ask(way);
    if (this.person !== person) return;
    const changed = JSON.stringify(got.chats) !== JSON.stringify(this.chats);
    this.chats = got.chats;
    if (!this.chat_of(this.chat)) this.chat = this.chats[0]?.id || "";
    this.cursor = Math.max(this.cursor, got.cursor);
    this.show(got.items, changed);
  }

  show(items, changed) {
    for (const item of items) {
      const known = this.items.get(item.id);
      if (!known && item.chat !== this.chat && !item.mine) this.fresh.add(item.chat);
      if (!known || known.changed <= item.changed) this.items.set(item.id, item);
    }
    if (items.length || changed) { this.head(); this.paint(); }
  }

  // Redraws the open chat; what a person has chosen in a card meanwhile is kept by its message.
  paint(again = "") {
    const low = this.at_end();
    const old = new Map([...this.log.children].filter((one) => one.dataset.key)
      .map((one) => [one.dataset.key, one]));
    const made = [];
    const put = (key, make) => {
      const node = key !== again && old.get(key) || make();
      node.dataset.key = key;
      made.push(node);
    };
    let last = 0;
    for (const item of [...this.items.values()].sort((a, b) => a.seq - b.seq)) {
      if (item.chat !== this.chat) continue;
      const at = Date.parse(item.at);
      if (Math.abs(at - last) > GAP_MINUTES * 60000) {
        put(`at:${item.id}`, () => el("div", { class: "stamp" }, item.at.replace("T", " ")));
      }
      last = at;
      put(`${item.id}:${item.changed}`, () => draw(this, item));
    }
    if (!made.length) {
      made.push(el("p", { class: "empty" }, "还没有消息。在下面输入一句话，或点一个常用问题。"));
    }
    sync(this.log, made);
    this.low = low;
    if (low || made.at(-1).classList.contains("mine")) this.log.scrollTop = this.log.scrollHeight;
  }

  measured() {
    return `${this.log.clientWidth}x${this.log.clientHeight}`;
  }

  // In a column that has just changed its size nobody has scrolled: they are where they were.
  at_end() {
    if (this.room !== this.measured()) return this.low;
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  settle() {
    if (this.low) this.log.scrollTop = this.log.scrollHeight;
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }

  complain(text) {
    this.problem.textContent = text;
    this.problem.hidden = !text;
  }

  // ---- acting --------------------------------------------------------------------------------

  async act(path, body) {
    if (!this.person) return;
    this.low = true;
    const got = await tell(path, { as: this.person.userid, chat: this.chat, ...body });
    // A delivery that failed is marked at the message itself; this is for what was never sent.
    this.complain(got.ok || got.message ? "" : got.reason);
    await this.refresh();
  }

  async say(text) {
    const said = text.trim();
    if (!said || !this.person) return;
    this.input.value = "";
    this.grow();
    this.input.focus();
    this.log.scrollTop = this.log.scrollHeight;
    await this.act("/sim/say", { text: said, mention: this.mention });
  }

  async speak() {
    const said = this.input.value;
    if (said.trim()) { this.input.value = ""; this.grow(); }
    await this.act("/sim/speak", { text: said });
  }

  async press(item, key, choices = {}) {
    const got = await tell("/sim/press", { as: this.person.userid, id: item.id, key, choices });
    this.complain(got.ok ? "" : got.reason);
    await this.refresh();
    // a card that did not change can be pressed again
    this.paint(`${item.id}:${item.changed}`);
    if (document.activeElement === document.body) this.log.focus({ preventScroll: true });
  }

  async upload(files) {
    if (!this.person) return;
    for (const file of files) {
      const form = new FormData();
      form.append("file", file, file.name);
      const query = new URLSearchParams({ as: this.person.userid, chat: this.chat });
      const got = await tell(`/sim/file?${query}`, form);
      this.complain(got.ok || got.message ? "" : got.reason);
    }
    await this.refresh();
  }
}
