// What the desk sounds like. Bursts after IEC 60601-1-8: ten pulses for a high level
// (3 + 2, twice), three slower ones for a medium level, none for a low one. Whoever takes
// an alarm silences that one only; there is no way to mute everything for good.

import { clock } from "./clock.js";
import { isPressed } from "./press.js";

const PAUSE_MILLISECONDS = 120_000;
const NOTES = { high: 784, medium: 523 }; // fundamental, Hz
const HARMONICS = [1, 0.7, 0.5, 0.35, 0.25]; // at least four within 15 dB

// beginning of each pulse, in seconds
const PULSES = {
  high: [0, 0.2, 0.4, 0.75, 0.95, 1.65, 1.85, 2.05, 2.4, 2.6],
  medium: [0, 0.38, 0.76],
};
const PULSE_SECONDS = { high: 0.13, medium: 0.2 };
const BURST_EVERY = { high: 6000, medium: 12_000 };
const VOLUME = { high: 0.5, medium: 0.32 };

/** The pause of the sound, kept while pages change: when it ends, and what it covers. */
const pause = {
  get until() {
    return Number(sessionStorage.getItem("pausedUntil") ?? 0);
  },
  get covers() {
    return JSON.parse(sessionStorage.getItem("pausedFor") ?? "[]");
  },
  begin(ids) {
    sessionStorage.setItem("pausedUntil", Date.now() + PAUSE_MILLISECONDS);
    sessionStorage.setItem("pausedFor", JSON.stringify(ids));
  },
  end() {
    sessionStorage.removeItem("pausedUntil");
    sessionStorage.removeItem("pausedFor");
  },
};

const element = (id) => document.getElementById(id);

/** Begin to watch over the sound; `show` is told what sounds now. */
export function startSound() {
  const context = new AudioContext();
  let sounding = [];
  let playing = "";
  let nextBurst = 0;

  function loudest() {
    const covered = Date.now() < pause.until ? pause.covers : [];
    const audible = sounding.filter((one) => !covered.includes(key(one)));
    if (audible.some((one) => one.urgency === "high")) return "high";
    return audible.length ? "medium" : "";
  }

  function beat() {
    const level = loudest();
    const present = Date.now();
    // a new level sounds at once, an old one again and again
    if (level && (level !== playing || present >= nextBurst)) {
      playBurst(context, level);
      nextBurst = present + BURST_EVERY[level];
    }
    playing = level;
    document.documentElement.dataset.sounding = level;
    if (!isPressed()) showBanners(context, sounding.length > 0);
  }

  wireButtons(context, () => sounding);
  addEventListener("link-lost", () => playBurst(context, "medium"));
  context.addEventListener("statechange", beat);
  setInterval(beat, 500);
  beat();

  return {
    show(list) {
      const known = new Set(sounding.map(key));
      // a further alarm of the same level must not wait for the end of the other's pause
      if (list.some((one) => !known.has(key(one)))) playing = "";
      sounding = list;
      beat();
    },
  };
}

// an alarm that becomes more urgent sounds anew
const key = (one) => `${one.id} ${one.urgency}`;

function playBurst(context, level) {
  if (context.state !== "running") return;
  const begin = context.currentTime + 0.03;
  for (const at of PULSES[level]) playPulse(context, level, begin + at);
  const root = document.documentElement;
  root.dataset.bursts = Number(root.dataset.bursts ?? 0) + 1;
}

function playPulse(context, level, begin) {
  const end = begin + PULSE_SECONDS[level];
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(VOLUME[level], begin + 0.02);
  gain.gain.setValueAtTime(VOLUME[level], end - 0.03);
  gain.gain.linearRampToValueAtTime(0, end);
  gain.connect(context.destination);
  const real = new Float32Array(HARMONICS.length + 1);
  const wave = context.createPeriodicWave(real, Float32Array.from([0, ...HARMONICS]));
  const tone = context.createOscillator();
  tone.setPeriodicWave(wave);
  tone.frequency.value = NOTES[level];
  tone.connect(gain);
  tone.start(begin);
  tone.stop(end);
}

function showBanners(context, anythingSounds) {
  const blocked = context.state !== "running";
  element("sound-blocked").hidden = !blocked;
  const left = pause.until - Date.now();
  element("sound-paused").hidden = left <= 0;
  if (left > 0) element("sound-paused-left").textContent = clock(left / 1000 + 1);
  const button = element("sound-pause");
  if (button) button.hidden = !anythingSounds || left > 0 || blocked;
}

function wireButtons(context, sounding) {
  // any touch of the page is leave enough for the browser to let it sound
  addEventListener("click", () => context.resume(), { once: true, capture: true });
  element("sound-allow").addEventListener("click", () => context.resume());
  element("sound-resume").addEventListener("click", () => pause.end());
  const bar = element("sound-bar");
  if (!bar) return;
  bar.hidden = false;
  element("sound-pause").addEventListener("click", () => pause.begin(sounding().map(key)));
  element("sound-test").addEventListener("click", (event) => test(context, event.currentTarget));
}

async function test(context, button) {
  await context.resume();
  playBurst(context, "high");
  const answer = await fetch("/sound-tested", {
    method: "POST",
    headers: { "X-CSRFToken": button.dataset.csrf },
  });
  if (!answer.ok) return;
  const state = element("sound-state");
  state.textContent = (await answer.json()).words;
  state.dataset.tested = "yes";
  button.classList.remove("attention");
}
