// The duty desk in a browser: brings the page up to date, sounds, counts seconds, and
// says loudly when it no longer hears from the gateway. Everything works without it,
// except what only a script can do.

import { startClocks, setNow } from "./clock.js";
import { listen } from "./link.js";
import { refresh } from "./live.js";
import { startSound } from "./sound.js";

// a form that was refused is answered at the form's own address, which cannot be asked for
const own = document.querySelector("link[rel=canonical]");
if (own) history.replaceState(null, "", own.href);

startClocks(Number(document.body.dataset.now));

const sound = startSound();
const title = document.title;
const count = document.getElementById("open-count");
const health = document.getElementById("health");

function showCounts(state) {
  count.hidden = state.open === 0;
  count.textContent = state.open;
  document.title = state.waiting > 0 ? `(${state.waiting}) ${title}` : title;
}

function showHealth(word) {
  health.dataset.health = word;
  health.className = `chip health ${word}`;
}

// what we do not hear from is not known to be well
addEventListener("link-lost", () => showHealth("unknown"));

listen({
  beat(data) {
    setNow(data.now);
    showHealth(data.health);
  },
  state(data) {
    showCounts(data);
    sound.show(data.sounding);
    refresh();
  },
});
