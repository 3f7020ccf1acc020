// What every part of the chat page uses: what is open, making nodes, asking the server.
// Everything that comes from a person or a bot reaches the page through textContent only.

export const MOST_COLUMNS = 3;
export const page = {
  name: "", first: "", people: [], hints: [], columns: [], active: 0, unread: new Set(),
};

export const $ = (id) => document.getElementById(id);

export function el(tag, props = {}, ...children) {
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

// Brings a node's children to these without touching those that stay: focus and choices are kept.
export function sync(parent, nodes) {
  const wanted = new Set(nodes);
  for (const old of [...parent.childNodes]) if (!wanted.has(old)) old.remove();
  nodes.forEach((node, index) => {
    const there = parent.childNodes[index];
    if (there !== node) parent.insertBefore(node, there || null);
  });
}

// The same for buttons that are made anew: whichever had the focus has it again.
export function renew(parent, nodes) {
  const focused = parent.contains(document.activeElement)
    ? document.activeElement.dataset.id : undefined;
  parent.replaceChildren(...nodes);
  if (focused === undefined) return;
  nodes.find((node) => node.dataset?.id === focused)?.focus({ preventScroll: true });
}

export async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

export async function tell(path, body) {
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
export function link(address, caption) {
  if (!/^https?:\/\//i.test(address)) return document.createTextNode(caption);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, caption);
}

export function face(name, bot = false) {
  let sum = 0;
  for (const sign of name) sum += sign.codePointAt(0);
  const letter = bot && name === page.name ? "助手" : [...name][0] || "?";
  const look = bot ? "face bot" : `face f${sum % 6}`;
  return el("span", { class: look, "aria-hidden": "true" }, letter);
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1048576) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1048576).toFixed(1)} MB`;
}

// On a phone a focused input would open the keyboard over the chat.
export function touch_free() {
  return window.matchMedia("(min-width: 721px)").matches;
}
