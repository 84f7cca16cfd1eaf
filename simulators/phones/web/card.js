// One phone: builds its card once, then shows whatever state it is given.

const FACES = [
  ["var(--leaf-wash)", "var(--leaf-dark)"],
  ["var(--sky-wash)", "var(--sky)"],
  ["var(--amber-wash)", "var(--amber)"],
  ["var(--blossom-wash)", "var(--blossom)"],
];
const LINES_SHOWN = 12;

export class Card {
  // `act(number, action, body)` carries out what a hand does.
  constructor(phone, words, act) {
    this.words = words;
    this.number = phone.number;
    this.act = (action, body = {}) => act(this.number, action, body);
    this.hushed = "";
    this.mine = "";
    this.phone = phone;
    const template = document.getElementById("card");
    this.root = template.content.firstElementChild.cloneNode(true);
    this.root.id = `phone-${phone.number.slice(1)}`;
    this.find = (selector) => this.root.querySelector(selector);
    this.name(phone);
    this.wire();
  }

  name(phone) {
    const { words } = this;
    const isKnown = phone.name !== phone.number;
    const name = isKnown ? phone.name : words.strange;
    this.find(".face").textContent = [...name][0];
    const [wash, ink] = FACES[Number(phone.number.slice(-2)) % FACES.length];
    this.root.style.setProperty("--face", wash);
    this.root.style.setProperty("--face-ink", ink);
    this.find(".name").textContent = name;
    this.find(".role").textContent = words[phone.role] ?? phone.role;
    this.find(".role").hidden = !phone.role;
    this.root.classList.toggle("is-resident", phone.role === "resident");
    this.find(".number").textContent = phone.number;
    this.root.setAttribute("aria-label", name);
  }

  // What each key means depends on who holds the phone, and on who called whom.
  hints(outgoing) {
    const { words, phone } = this;
    let kind = "";
    if (phone.role === "resident") kind = outgoing ? "hotline" : "asked";
    else if (!phone.role) kind = "strange";
    for (const key of this.root.querySelectorAll(".key")) {
      const name = `hint_${key.dataset.key}`;
      const common = kind === "" || key.dataset.key === "9" ? words[name] : "";
      key.querySelector("small").textContent = words[`${name}_${kind}`] ?? common;
    }
  }

  // One button for each of the gateway's numbers; a number that cannot be reached is not offered.
  offer(lines) {
    const { words } = this;
    this.find(".dial-word").hidden = lines.length < 2;
    const numbers = lines.length ? lines : [{ id: "", number: "", up: true }];
    const buttons = numbers.map((line) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small dial";
      button.dataset.line = line.id;
      button.textContent = `☎ ${words[line.id && lines.length > 1 ? `dial_${line.id}` : "dial"]}`;
      button.title = line.number;
      button.disabled = !line.up;
      button.addEventListener("click", () => this.act("dial", { to: line.number }));
      return button;
    });
    this.find(".dial-buttons").replaceChildren(...buttons);
  }

  wire() {
    const on = (selector, event, action) =>
      this.find(selector).addEventListener(event, action);
    on(".answer", "click", () => {
      this.mine = this.phone.call?.sid ?? "";
      this.act("answer");
    });
    on(".reject", "click", () => this.act("reject"));
    on(".hang-up", "click", () => this.act("hang-up"));
    on(".let-ring", "click", () => {
      this.hushed = this.phone.call?.sid ?? "";
      this.root.dispatchEvent(new CustomEvent("hushed", { bubbles: true }));
    });
    on(".write", "click", () => {
      this.root.classList.add("is-writing");
      this.find(".field").focus();
    });
    on(".habit", "change", (event) => this.act("habit", { habit: event.target.value }));
    on(".reply", "submit", (event) => {
      event.preventDefault();
      const field = event.target.elements.body;
      if (field.value.trim()) this.act("text", { body: field.value.trim() });
      field.value = "";
    });
    for (const key of this.root.querySelectorAll(".key")) {
      key.addEventListener("click", () => this.act("press", { key: key.dataset.key }));
    }
    for (const quick of this.root.querySelectorAll(".quick")) {
      quick.addEventListener("click", () => this.act("text", { body: quick.dataset.body }));
    }
  }

  get rings() {
    return this.phone.call?.state === "ringing" && !this.phone.call.outgoing;
  }

  get silent() {
    return this.rings && this.hushed === this.phone.call.sid;
  }

  // Show a new state; returns the lines said since the last one.
  show(phone) {
    const before = this.phone;
    this.phone = phone;
    this.find(".habit").value = phone.habit;
    this.showCall(phone.call);
    this.showTexts(phone.texts);
    return said(before.call, phone.call);
  }

  showCall(call) {
    const state = call?.state ?? "";
    const { words } = this;
    const dialling = state === "ringing" && call.outgoing;
    this.root.classList.toggle("is-ringing", this.rings);
    this.root.classList.toggle("is-talking", state === "talking" || dialling);
    this.find(".by-hand").hidden = state === "ringing" || state === "talking";
    this.root.classList.toggle("is-hushed", this.silent);
    this.root.classList.toggle("is-asked", Boolean(call?.asked));
    this.find(".call").hidden = !call;
    if (!call) return;
    const what = { ringing: dialling ? words.calling : words.incoming, talking: words.talking, over: words.last_call };
    this.find(".call-what").textContent = call.machine && state !== "ringing" ? words.voicemail : what[state];
    this.find(".call-other").textContent =
      state === "over"
        ? (words[call.outcome] ?? call.outcome)
        : `${call.outgoing ? words.to : words.from} ${call.other}`;
    this.find(".via").hidden = !call.via;
    this.find(".via").textContent = words[`via_${call.via}`] ?? "";
    this.hints(call.outgoing);
    this.find(".call-time").hidden = state === "over";
    this.find(".ringing-buttons").hidden = !this.rings;
    this.find(".let-ring").hidden = this.silent;
    this.find(".talking-buttons").hidden = state !== "talking" || call.machine;
    this.find(".end-buttons").hidden = !dialling && (state !== "talking" || call.machine);
    this.find(".asked").hidden = !call.asked;
    this.find(".said").hidden = state !== "over" || call.lines.length === 0;
    const live = state === "over" ? [] : call.lines.slice(-LINES_SHOWN);
    fill(this.find(".lines"), live, this.line);
    fill(this.find(".lines-old"), state === "over" ? call.lines : [], this.line);
  }

  line = (line) => {
    const item = document.createElement("li");
    if (line.kind === "pressed") {
      item.className = "pressed";
      item.textContent = `${this.words.pressed} ${line.text}`;
    } else if (line.kind === "note") {
      item.className = "remark";
      item.textContent = this.words[line.text] ?? line.text;
    } else {
      item.className = "spoken";
      item.lang = line.language;
      item.textContent = line.text;
    }
    return item;
  };

  showTexts(texts) {
    this.root.classList.toggle("is-quiet", texts.length === 0);
    this.find(".no-texts").hidden = texts.length > 0;
    this.find(".texts").hidden = texts.length === 0;
    fill(this.find(".texts"), texts, this.text);
  }

  text = (text) => {
    const item = document.createElement("li");
    item.classList.toggle("mine", text.mine);
    item.classList.toggle("is-lost", text.lost);
    const bubble = document.createElement("p");
    bubble.className = text.mine ? "bubble mine" : "bubble";
    bubble.textContent = text.body;
    const time = document.createElement("time");
    const at = new Date(text.at);
    time.dateTime = at.toISOString();
    const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
    const notes = [clock, text.via ? this.words[`via_${text.via}`] : "", text.lost ? this.words.lost : ""];
    time.textContent = notes.filter(Boolean).join(" · ");
    item.append(bubble, time);
    return item;
  };

  // Show how long it has rung or talked; `now` is the carrier's clock.
  tick(now) {
    const { call } = this.phone;
    if (!call || call.state === "over") return;
    const seconds = Math.max(0, Math.floor((now - call.since) / 1000));
    const rest = String(seconds % 60).padStart(2, "0");
    this.find(".call-time").textContent = `${Math.floor(seconds / 60)}:${rest}`;
  }
}

// Replace a list only when it changed, and keep its end in sight.
function fill(list, rows, build) {
  const mark = JSON.stringify(rows);
  if (list.dataset.mark === mark) return;
  list.dataset.mark = mark;
  list.replaceChildren(...rows.map(build));
  list.scrollTop = list.scrollHeight;
}

function said(before, after) {
  if (!after) return [];
  const seen = before?.sid === after.sid ? before.lines.length : 0;
  return after.lines.slice(seen).filter((line) => line.kind === "said");
}
