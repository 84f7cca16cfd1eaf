// The village, live: one card per home, a red button, and what its devices say.

import { listen } from "/static/stream.js";
import { Picture } from "./picture.js";
import { choose, current, paint, said, word } from "./words.js";

const homes = new Map();
const order = document.getElementById("homes");
const toast = document.getElementById("toast");
let voice = false;
let links = {};
let clock = null;
let villageMishaps = [];

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function show(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

async function happen(mishap, home = "", device = "") {
  const query = new URLSearchParams({ home, device });
  try {
    const answer = await fetch(`/village/mishaps/${mishap}?${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    if (!answer.ok) {
      tell(word("failed") + said((await answer.json()).error));
    }
  } catch {
    tell(word("lost"));
  }
}

let telling = 0;
function tell(text) {
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(telling);
  telling = setTimeout(() => (toast.hidden = true), 5000);
}

// A row of buttons that is rebuilt only when other things can happen, so that no click is lost.
function mishapRow(row, mishaps, home, device = "") {
  const now = JSON.stringify([current(), mishaps]);
  if (row.dataset.now === now) {
    return;
  }
  row.dataset.now = now;
  row.replaceChildren(
    ...mishaps.map((mishap) => {
      const button = make("button", "button small", said(mishap.words));
      button.type = "button";
      button.dataset.mishap = mishap.id;
      button.addEventListener("click", () => happen(mishap.id, home, device));
      return button;
    }),
  );
}

class HomeCard {
  constructor(home, index) {
    this.id = home.id;
    this.picture = new Picture(index);
    this.element = make("article", "card home");
    this.element.dataset.home = home.id;
    this.name = make("h2", "card-title");
    this.place = make("p", "card-sub");
    this.presence = make("span", "chip");
    const head = make("div", "card-head");
    const names = make("div");
    names.append(this.name, this.place);
    head.append(names, this.presence);
    this.people = make("ul", "people");
    this.bubble = make("p", "bubble from-device");
    this.lamp = make("span", "lamp");
    this.words = make("span");
    this.bubble.append(this.lamp, this.words);
    this.buttons = make("div", "calls");
    this.calls = new Map();
    this.call = make("div", "call-row");
    this.call.append(this.bubble, this.buttons);
    this.mishaps = make("div", "row");
    this.more = fold("mishaps", this.mishaps);
    this.deviceList = make("div", "devices");
    this.deviceFold = fold("device-fold", this.deviceList);
    this.devices = new Map();
    this.spoken = "";
    this.saying = "";
    const frame = make("div", "frame");
    frame.append(this.picture.element);
    this.element.append(head, frame, this.people, this.call, this.more, this.deviceFold);
  }

  update(home) {
    this.home = home;
    show(this.name, home.name);
    show(this.place, `${home.code} · ${home.place} · ${home.time}`);
    const where = home.still ? "still" : home.away ? "away" : "home";
    show(this.presence, word(where));
    this.presence.className = `chip ${{ still: "bad", away: "calm", home: "ok" }[where]}`;
    this.updatePeople(home);
    this.picture.update(home, `${home.name}: ${home.residents.map((person) => said(person.doing)).join(", ")}`, word("outside"));
    this.updateVoice(home);
    this.updateCalls(home);
    show(this.more.firstChild, word("happen"));
    mishapRow(this.mishaps, home.mishaps, home.id);
    this.updateDevices(home);
  }

  updatePeople(home) {
    const lines = home.residents.map((person) => {
      const doing = said(person.doing);
      const room = person.room && !person.lying && !doing.includes(person.room) ? ` · ${person.room}` : "";
      const visitor = person.visitor ? ` · ${said(person.visitor)}` : "";
      return [person, `${doing}${room}${visitor}`];
    });
    const now = JSON.stringify([current(), lines]);
    if (this.people.dataset.now === now) {
      return;
    }
    this.people.dataset.now = now;
    this.people.replaceChildren(
      ...lines.map(([person, text]) => {
        const line = make("li");
        const dot = make("span", "coat");
        dot.style.background = person.coat;
        const name = make("strong", "", person.called);
        name.title = said(person.about);
        line.append(dot, name, ` ${text}`);
        return line;
      }),
    );
  }

  updateVoice(home) {
    const speaking = home.devices.filter((device) => device.prompt);
    const last = speaking.find((device) => device.prompt.speaking) ?? speaking[0];
    const canSpeak = home.devices.some((device) => device.speaks);
    this.bubble.classList.toggle("quiet", !last || !last.prompt.speaking);
    this.lamp.className = last && last.light ? `lamp ${last.light.colour} ${last.light.pattern}` : "lamp";
    if (!last) {
      show(this.words, word(canSpeak ? "silent" : "noVoice"));
      return;
    }
    show(this.words, word(last.prompt.speaking ? "says" : "said") + last.prompt.text);
    if (last.prompt.speaking && this.spoken !== last.prompt.key) {
      const { key, text, language } = last.prompt;
      // a sentence that follows at once stands behind the one that is being said
      speak(text.startsWith(this.saying) ? text.slice(this.saying.length) : text, language);
      this.spoken = key;
      this.saying = text;
    }
  }

  updateCalls(home) {
    for (const device of home.devices.filter((each) => each.button)) {
      if (!this.calls.has(device.id)) {
        const button = make("button", "call");
        button.type = "button";
        button.dataset.device = device.id;
        const label = make("span", "call-word");
        const where = make("span", "call-where");
        button.append(label, where);
        button.addEventListener("click", () => happen("press", home.id, device.id));
        const well = make("button", "button all-right");
        well.type = "button";
        well.addEventListener("click", () => happen("all-right", home.id, device.id));
        this.calls.set(device.id, [button, label, where, well]);
        this.buttons.append(button, well);
      }
      const [button, label, where, well] = this.calls.get(device.id);
      well.hidden = !device.asking;
      show(well, word("allRight"));
      const fresh = device.pressed || device.held;
      button.classList.toggle("pressed", Boolean(fresh));
      button.disabled = device.dead;
      show(label, word(fresh ? "pressing" : "call"));
      show(where, device.room || said(device.kind));
    }
  }

  updateDevices(home) {
    const troubled = home.devices.filter(isTroubled).length;
    show(
      this.deviceFold.firstChild,
      `${word("devices")} ${home.devices.length} · ${troubled ? word("trouble", troubled) : word("allWell")}`,
    );
    this.deviceFold.classList.toggle("troubled", troubled > 0);
    for (const device of home.devices) {
      if (!this.devices.has(device.id)) {
        const row = new DeviceRow(home.id, device);
        this.devices.set(device.id, row);
        this.deviceList.append(row.element);
      }
      this.devices.get(device.id).update(device);
    }
  }
}

class DeviceRow {
  constructor(home, device) {
    this.home = home;
    this.mishaps = make("div", "row");
    this.element = fold("device-row", this.mishaps);
    this.element.dataset.device = device.id;
    this.name = make("strong");
    this.chips = make("span", "chips");
    this.element.firstChild.append(this.name, this.chips);
  }

  update(device) {
    show(this.name, [said(device.kind), device.room].filter(Boolean).join(" · "));
    this.element.firstChild.title = `${device.id} · ${device.profile}`;
    const chips = chipsOf(device);
    const now = JSON.stringify(chips);
    if (this.chips.dataset.now !== now) {
      this.chips.dataset.now = now;
      this.chips.replaceChildren(...chips.map(([tone, text]) => make("span", `chip ${tone}`, text)));
    }
    mishapRow(this.mishaps, device.mishaps, this.home, device.id);
  }
}

const isStuck = (device) => device.held && !device.pressed;
const isTroubled = (device) =>
  device.dead || !device.online || device.low || device.tamper || device.hazard || isStuck(device);

function chipsOf(device) {
  const chips = [];
  const say = (when, tone, text) => when && chips.push([tone, text]);
  say(device.hazard, "bad", word("hazard"));
  say(isStuck(device), "bad", word("held"));
  say(device.dead, "bad", word("dead"));
  say(!device.dead && !device.online, "warn", word("offline"));
  say(device.tamper, "warn", word("tamper"));
  say(device.state && !device.dead, "", said(device.state));
  if (device.battery === null) {
    say(true, "", word("mains"));
  } else {
    say(true, device.low ? "warn" : "", device.low ? `${word("low")} ${device.battery}%` : word("battery", device.battery));
  }
  return chips;
}

function fold(name, content) {
  const details = make("details", name);
  details.append(make("summary"), content);
  return details;
}

// ---------------------------------------------------------------- voice

function speak(text, tongue) {
  if (!voice || !window.speechSynthesis) {
    return;
  }
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = tongue === "zh" ? "zh-CN" : "en-GB";
  utterance.rate = 0.9;
  speechSynthesis.speak(utterance);
}

// ---------------------------------------------------------------- the whole page

function frame() {
  paint();
  show(document.getElementById("language"), word("language"));
  show(document.getElementById("voice"), word(voice ? "voiceOn" : "voiceOff"));
  document.getElementById("voice").setAttribute("aria-pressed", String(voice));
  offer("desk", links.desk);
  offer("phones-link", links.phones);
  const phones = document.getElementById("phones");
  const tabs = document.querySelector(".tabs");
  tabs.hidden = phones.hidden = !links.phones_embedded;
  document.querySelector(".both").classList.toggle("alone", !links.phones_embedded);
  phones.title = word("phonesTitle");
  if (links.phones_embedded) {
    const address = `${links.phones_embedded}${links.phones_embedded.includes("?") ? "&" : "?"}lang=${current()}`;
    if (phones.getAttribute("src") !== address) {
      phones.src = address;
    }
  }
  mishapRow(document.getElementById("village-mishaps"), villageMishaps, "");
  tick();
  for (const card of homes.values()) {
    card.update(card.home);
  }
}

// On a narrow page the phones are on their own tab: it tells how many of them ring.
let ringing = false;
function listenForRinging() {
  if (ringing || !links.phones_events) {
    return;
  }
  const calls = new Map();
  const count = (phone) => calls.set(phone.number, phone.call?.state === "ringing");
  const tell = () => {
    const number = [...calls.values()].filter(Boolean).length;
    const badge = document.getElementById("ringing");
    badge.hidden = number === 0;
    show(badge, String(number));
  };
  ringing = true;
  const take = (kind, data) => {
    if (kind === "beat") return;
    (kind === "phones" ? data.phones : [data.phone]).forEach(count);
    tell();
  };
  // as the phones' own page does it, so that both hear the same stream
  import(`${links.phones}look/stream.js`).then((shared) =>
    shared.listen(links.phones_events, ["phones", "phone", "beat"], take, () => {}),
  );
}

function offer(id, address) {
  const link = document.getElementById(id);
  link.hidden = !address;
  if (address) {
    link.href = address;
  }
}

function tick() {
  if (!clock) {
    return;
  }
  const moment = new Date(clock.at + (Date.now() - clock.heard) * clock.speed);
  const time = moment.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
  show(document.getElementById("time"), time);
  show(document.getElementById("speed"), clock.speed === 1 ? word("realTime") : word("speed", clock.speed));
}

function hearClock(data) {
  clock = { at: Date.parse(data.now), heard: Date.now(), speed: data.speed };
  tick();
  const { address, connected, refusal } = data.broker;
  const banner = document.getElementById("no-broker");
  banner.hidden = connected && !refusal;
  show(banner, word(refusal ? "refused" : "noBroker", address) + refusal);
}

function hearHome(home) {
  if (!homes.has(home.id)) {
    const card = new HomeCard(home, homes.size);
    homes.set(home.id, card);
    order.append(card.element);
  }
  homes.get(home.id).update(home);
}

function hearVillage(data) {
  links = data.links;
  villageMishaps = data.mishaps;
  hearClock(data.clock);
  data.homes.forEach(hearHome);
  frame();
  if (matchMedia("(max-width: 1000px)").matches) {
    listenForRinging();
  }
}

const HEARS = { village: hearVillage, clock: hearClock, home: hearHome };
const lost = document.getElementById("lost");
const take = (kind, data) => HEARS[kind](data);

function select(shown) {
  document.querySelector(".both").dataset.shown = shown;
  for (const name of ["homes", "phones"]) {
    document.getElementById(`tab-${name}`).setAttribute("aria-selected", String(name === shown));
  }
}

document.getElementById("language").addEventListener("click", () => {
  choose(current() === "zh" ? "en" : "zh");
  frame();
});
document.getElementById("voice").addEventListener("click", () => {
  voice = !voice;
  frame();
});
document.getElementById("tab-homes").addEventListener("click", () => select("homes"));
document.getElementById("tab-phones").addEventListener("click", () => select("phones"));
setInterval(tick, 1000);
paint();
listen("/village/events", Object.keys(HEARS), take, (up) => (lost.hidden = up));
