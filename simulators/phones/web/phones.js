// The phones of the village: keeps the cards in step with the carrier's event stream.

import { Card } from "./card.js";
import { Ring } from "./ring.js";
import { listen } from "../look/stream.js";
import { Voice } from "./voice.js";

const COLUMN_PX_MIN = 330;
const GAP_PX = 16;
const SILENCE_MS_MAX = 25_000; // the carrier gives a sign of life every 10 s

const words = JSON.parse(document.getElementById("words").textContent);
const byId = (id) => document.getElementById(id);
const cards = new Map();
const voice = new Voice();
const ring = new Ring(showSound);
let ahead = 0; // how far the carrier's clock is ahead of ours, ms
let heard = Date.now();
let lines = [];

const act = (number, action, body) => post(`phone/${encodeURIComponent(number)}/${action}`, body);

async function post(address, body) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const problem = answer.ok ? "" : (await answer.json()).error;
    showProblem(problem);
  } catch (error) {
    showProblem(error.message);
  }
}

function showProblem(problem) {
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem ? words.refused + problem : "";
}

function showSound() {
  byId("sound").hidden = ring.allowed;
}

function showRinging() {
  const ringing = [...cards.values()].filter((card) => card.rings);
  const links = ringing.map((card) => {
    const link = document.createElement("a");
    link.href = `#${card.root.id}`;
    link.textContent = card.phone.name;
    return link;
  });
  byId("ringing").hidden = links.length === 0;
  byId("ringing").replaceChildren(words.ringing_now, ...links);
  ring.set(ringing.some((card) => !card.silent));
  document.title = links.length ? `☎ ${words.title}` : words.title;
}

// Cards keep their column, so that nothing jumps when one of them grows.
function arrange() {
  const room = byId("phones").clientWidth;
  const count = Math.max(1, Math.min(4, Math.floor((room + GAP_PX) / (COLUMN_PX_MIN + GAP_PX))));
  if (byId("phones").children.length !== count) {
    const columns = Array.from({ length: count }, () => document.createElement("div"));
    for (const column of columns) column.className = "column";
    byId("phones").replaceChildren(...columns);
    [...cards.values()].forEach((card, index) => columns[index % count].append(card.root));
  }
}

// The gateway's lines, each with a switch.
function showLines(next) {
  const now = JSON.stringify(next);
  if (now === JSON.stringify(lines)) return;
  lines = next;
  byId("lines").hidden = lines.length === 0;
  byId("lines").querySelector(".switches").replaceChildren(
    ...lines.map((line) => {
      const label = document.createElement("label");
      label.className = line.up ? "switch" : "switch is-down";
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = line.up;
      box.dataset.line = line.id;
      box.addEventListener("change", () => post(`line/${line.id}`, { up: box.checked }));
      const state = words[line.up ? "line_up" : "line_down"];
      label.append(box, ` ${words[`line_${line.id}`]}`, chip(state, line.up ? "ok" : "bad"));
      label.title = line.number;
      return label;
    }),
  );
  for (const card of cards.values()) card.offer(lines);
}

function chip(text, tone) {
  const element = document.createElement("span");
  element.className = `chip ${tone}`;
  element.textContent = text;
  return element;
}

function place(card) {
  const columns = byId("phones").children;
  columns[(cards.size - 1) % columns.length].append(card.root);
}

function show(phone) {
  let card = cards.get(phone.number);
  if (!card) {
    card = new Card(phone, words, act);
    card.offer(lines);
    cards.set(phone.number, card);
    place(card);
  }
  const spoken = card.show(phone);
  if (card.mine === phone.call?.sid && phone.call?.state === "talking") {
    for (const line of spoken) voice.say(line.text, line.language);
  }
  if (card.mine === phone.call?.sid && phone.call?.state === "over") {
    card.mine = "";
    voice.hush();
  }
  card.tick(Date.now() + ahead);
}

arrange();
addEventListener("resize", arrange);

function take(kind, data) {
  heard = Date.now();
  byId("link").hidden = true;
  ahead = data.now - Date.now();
  if (kind === "beat") return;
  if (kind === "phones") showLines(data.lines);
  const changed = kind === "phones" ? data.phones : [data.phone];
  for (const phone of changed) show(phone);
  byId("nobody").hidden = cards.size > 0;
  showRinging();
}

listen("events", ["phones", "phone", "beat"], take, (up) => {
  if (!up) byId("link").hidden = false;
});

setInterval(() => {
  if (Date.now() - heard > SILENCE_MS_MAX) byId("link").hidden = false;
  for (const card of cards.values()) card.tick(Date.now() + ahead);
}, 500);

byId("stranger").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = event.target.elements.number.value.replaceAll(" ", "");
  act(number, "dial", {});
});
byId("speak").addEventListener("change", (event) => {
  voice.on = event.target.checked;
  if (!voice.on) voice.hush();
});
byId("speak").closest("label").hidden = voice.engine === null;
byId("phones").addEventListener("hushed", (event) => {
  for (const card of cards.values()) {
    if (card.root === event.target) card.showCall(card.phone.call);
  }
  showRinging();
});
document.addEventListener("click", () => ring.allowed || ring.allow(), { capture: true });
showSound();
