// The duty desk in a browser: brings the page up to date, sounds, counts seconds, and
// says loudly when it no longer hears from the gateway. Everything works without it,
// except what only a script can do.

import { startClocks, setNow } from "./clock.js";
import { listen } from "./link.js";
import { refresh } from "./live.js";
import { startSound } from "./sound.js";

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

listen({
  beat(data) {
    setNow(data.now);
    health.dataset.health = data.health;
    health.className = `chip health ${data.health}`;
  },
  state(data) {
    showCounts(data);
    sound.show(data.sounding);
    refresh();
  },
});
