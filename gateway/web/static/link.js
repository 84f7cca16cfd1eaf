// The link to the gateway. A silent, dead screen is the worst failure: when neither an
// event nor a beat came for a while, a red banner says since when.

import { isPressed, release } from "./press.js";
import "./stream.js";

const LOST_MILLISECONDS = 6000;
const REMIND_MILLISECONDS = 30_000;

const lost = document.getElementById("link-lost");
const lostSince = document.getElementById("link-lost-since");
const loggedOut = document.getElementById("logged-out");

let heardAt = Date.now();
let remindedAt = 0;

/** Listen to the gateway for as long as the page is open. */
export function listen({ beat, state }) {
  let ask = () => {};
  let isAlone = false;
  if (window.SharedWorker) ask = share(take, alone);
  else alone();

  // some browsers share no worker, and one may die without a word
  function alone() {
    if (isAlone) return;
    isAlone = true;
    const stream = new Stream(take);
    stream.open();
    ask = () => stream.again();
  }

  function take(message) {
    if (message.refused === 401) {
      loggedOut.hidden = false;
      lost.hidden = true;
    }
    const data = message.state ?? message.beat;
    if (!data) return;
    heardAt = Date.now();
    takeBannersAway();
    beat(data);
    if (message.state) state(data);
  }

  async function takeBannersAway() {
    await release();
    if (Date.now() - heardAt >= LOST_MILLISECONDS) return;
    lost.hidden = true;
    loggedOut.hidden = true;
  }

  setInterval(() => {
    if (Date.now() - heardAt < LOST_MILLISECONDS || !loggedOut.hidden || isPressed()) return;
    if (lost.hidden) {
      const timeZone = document.body.dataset.zone;
      lostSince.textContent = new Date(heardAt).toLocaleTimeString("en-GB", { timeZone });
      lost.hidden = false;
      remindedAt = 0;
    }
    if (Date.now() - remindedAt >= REMIND_MILLISECONDS) {
      remindedAt = Date.now();
      dispatchEvent(new CustomEvent("link-lost"));
    }
    ask();
    if (Date.now() - heardAt >= 2 * LOST_MILLISECONDS) alone();
  }, 500);
}

// Take part in the one stream of this browser; returns how to say that nothing comes.
function share(take, otherwise) {
  const worker = new SharedWorker("/static/shared.js");
  worker.addEventListener("error", otherwise, { once: true });
  worker.port.addEventListener("message", ({ data }) => take(data));
  worker.port.start();
  addEventListener("pagehide", () => worker.port.postMessage("leaving"));
  return () => worker.port.postMessage("silent");
}
