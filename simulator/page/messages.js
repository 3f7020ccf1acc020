// How one message is drawn. What a press leads to is the column's business.

import { $, el, face, link, page, size } from "/sim/base.js";
import { markdown, plain } from "/sim/words.js";

export function draw(column, item) {
  if (item.kind === "recalled" || item.kind === "notice") {
    return el("div", { class: "notice" }, plain(item.text));
  }
  const stack = el("div", { class: "stack" });
  if (column.chat_of(item.chat)?.group && !item.mine) {
    stack.append(el("span", { class: "name" }, item.sender));
  }
  stack.append(body(column, item));
  if (item.pending) stack.append(el("span", { class: "state" }, "发送中…"));
  if (item.failure) {
    const said = item.mine ? `未送达：${item.failure}` : item.failure;
    stack.append(el("span", { class: "state bad", role: "alert" }, said));
  }
  const person = page.people.some((one) => one.name === item.sender);
  const row = el("div", { class: item.mine ? "item mine" : "item" });
  row.append(face(item.mine ? column.person.name : item.sender, !item.mine && !person), stack);
  return row;
}

// WeCom knows no escapes; QQ does.
function escapes(item) {
  return item.id.startsWith("qq:");
}

function body(column, item) {
  if (item.kind === "card") return card(column, item);
  if (item.kind === "link") return shared(item);
  if (item.kind === "voice") return voice(item);
  if (item.kind === "location") {
    return el("div", { class: "bubble place" }, el("span", { class: "tag" }, "位置"),
      el("b", {}, item.text), el("small", {}, item.title));
  }
  if (item.kind === "image" && item.picture) return picture(column, item);
  if (item.kind === "file" || item.kind === "image") return file(item);
  if (item.kind === "markdown") {
    return el("div", { class: item.done ? "bubble" : "bubble growing" },
      markdown(item.text, escapes(item)));
  }
  return el("div", { class: "bubble plain" }, plain(item.text));
}

function way(item) {
  return `/sim/media/${encodeURIComponent(item.media)}`;
}

function voice(item) {
  const said = item.text || link_to(item, "没有文字，下载录音");
  return el("div", { class: "bubble plain voice" }, el("span", { class: "tag" }, "语音"), said);
}

function link_to(item, caption) {
  return item.media ? el("a", { href: way(item), download: item.file_name }, caption) : caption;
}

function picture(column, item) {
  const shot = el("img", { src: way(item), alt: item.file_name || "图片" });
  shot.addEventListener("load", () => column.settle());
  const made = el("button", { class: "shot", "aria-label": `看大图：${item.file_name || "图片"}`,
    onclick: () => enlarge(way(item)) }, shot);
  if (!item.text) return made;
  return el("div", { class: "captioned" }, made,
    el("div", { class: "bubble plain" }, plain(item.text)));
}

function file(item) {
  const ending = (item.file_name.split(".").pop() || "").slice(0, 4).toUpperCase();
  const label = el("span", {}, item.file_name, el("small", {}, `${size(item.file_size)} · 下载`));
  return el("a", { class: "bubble file", href: way(item), download: item.file_name },
    el("span", { class: "ext" }, ending), label);
}

function shared(item) {
  const made = el("div", { class: "bubble place" }, el("span", { class: "tag" }, "链接"));
  const title = item.card ? link(item.card.url, item.title) : item.title;
  made.append(el("b", {}, title), el("small", {}, item.text));
  return made;
}

function enlarge(source) {
  const viewer = $("viewer");
  viewer.querySelector("img").src = source;
  viewer.showModal();
}

// ---- cards -----------------------------------------------------------------------------------

function card(column, item) {
  const data = item.card;
  const made = el("div", { class: "bubble card", "data-id": item.id });
  if (/^https?:\/\//i.test(data.image)) {
    made.append(el("img", { class: "pic", src: data.image, alt: "", referrerpolicy: "no-referrer" }));
  }
  made.append(inner(column, item, data));
  if (data.links.length) {
    made.append(el("div", { class: "links" },
      ...data.links.map((one) => link(one.url, one.name))));
  }
  if (data.buttons.length) made.append(el("div", { class: "acts" },
    ...data.buttons.map((button) => act(column, item, button))));
  return made;
}

function inner(column, item, data) {
  const made = el("div", { class: "inner" });
  // a keyboard of QQ hangs below markdown
  if (data.type === "keyboard") {
    made.append(el("div", { class: "marked" }, markdown(data.text, escapes(item))));
    return made;
  }
  const menu = data.menu.map((entry) => el("button", {
    class: "more", onclick: () => column.press(item, entry.key),
  }, entry.text));
  if (data.source || menu.length) {
    made.append(el("div", { class: "source" }, el("span", {}, data.source),
      el("span", {}, ...menu)));
  }
  if (data.title) made.append(el("h3", {}, data.title));
  if (data.desc) made.append(el("div", { class: "desc" }, data.desc));
  if (data.emphasis[0]) {
    made.append(el("div", { class: "big" }, el("b", {}, data.emphasis[0]),
      el("span", { class: "desc" }, data.emphasis[1])));
  }
  if (data.quote) made.append(el("div", { class: "quote" }, data.quote));
  if (data.text) made.append(el("div", { class: "words" }, plain(data.text)));
  if (data.rows.length) {
    const pairs = data.rows.flatMap((row) => [
      el("dt", {}, row.value ? row.name : link(row.url, row.name)),
      el("dd", {}, row.url ? link(row.url, row.value) : row.value)]);
    made.append(el("dl", {}, ...pairs));
  }
  for (const question of data.questions) made.append(ask_about(item, question));
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
      column.press(item, button.key, chosen(made));
    },
  }, button.text);
}

function ask_about(item, question) {
  const shut = !question.enabled;
  if (!question.many && item.card.type !== "vote_interaction") {
    const select = el("select", { "data-key": question.key, disabled: shut, "aria-label": question.title });
    for (const option of question.options) {
      const picked = question.chosen.includes(option.id);
      select.append(el("option", { value: option.id, selected: picked }, option.text));
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
