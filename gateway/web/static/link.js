// The link to the gateway. A silent, dead screen is the worst failure: when neither an
// event nor a beat came for a while, a red banner says since when.

const LOST_MILLISECONDS = 6000;
const RETRY_MILLISECONDS = 2000;
const REMIND_MILLISECONDS = 30_000;

const lost = document.getElementById("link-lost");
const lostSince = document.getElementById("link-lost-since");
const loggedOut = document.getElementById("logged-out");

let heardAt = Date.now();
let remindedAt = 0;
let source = null;

/** Listen to the gateway for as long as the page is open. */
export function listen({ beat, state }) {
  function heard(event) {
    heardAt = Date.now();
    lost.hidden = true;
    const data = JSON.parse(event.data);
    beat(data);
    return data;
  }

  function connect() {
    source?.close();
    source = new EventSource("/events");
    source.addEventListener("beat", heard);
    source.addEventListener("state", (event) => state(heard(event)));
    source.addEventListener("error", () => {
      // CLOSED means the answer was no event stream: perhaps nobody is logged in any more
      if (source.readyState === EventSource.CLOSED) askWhy();
    });
  }

  async function askWhy() {
    let status = 0;
    try {
      status = (await fetch("/events", { method: "HEAD" })).status;
    } catch {
      // not reachable: the banner says so
    }
    if (status === 401) {
      loggedOut.hidden = false;
      lost.hidden = true;
    }
    setTimeout(connect, RETRY_MILLISECONDS);
  }

  setInterval(() => {
    if (Date.now() - heardAt < LOST_MILLISECONDS || !loggedOut.hidden) return;
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
    // a connection that hangs without an error is given up as well
    if (source.readyState === EventSource.OPEN) connect();
  }, 500);

  connect();
}
