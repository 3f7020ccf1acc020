// The clock in the bar: it shows the office's time and can be moved.

import { $, tell } from "/sim/base.js";

const WEEK = "日一二三四五六";
let clock = { now: Date.now(), got: Date.now(), frozen: false, real: true };

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

export function told_time(got) {
  clock = { ...got, got: Date.now() };
  // what somebody is typing there is not ours to change
  if (!$("moment").dataset.typed) $("moment").value = got.local;
  tick();
}

export async function move_clock(body) {
  const got = await tell("/sim/clock", body);
  delete $("moment").dataset.typed;
  told_time(got);
}

// On a wide screen the tools stand in the bar, on a narrow one they fold away.
const narrow = window.matchMedia("(max-width: 1100px)");

export function fold() {
  $("clock").open = !narrow.matches;
}

export function start_clock() {
  $("moment").addEventListener("input", () => { $("moment").dataset.typed = "yes"; });
  $("clock").addEventListener("click", (event) => {
    const asked = event.target.dataset?.clock;
    if (!asked) return;
    if (asked === "set") { if ($("moment").value) move_clock({ set: $("moment").value }); }
    else if (asked === "next") move_clock({ next_day: "08:00" });
    else if (asked === "resume") move_clock({ resume: true });
    else move_clock({ minutes: Number(asked) });
  });
  narrow.addEventListener("change", fold);
  fold();
  setInterval(tick, 1000);
}
