// Ages and countdowns tick on the gateway's time, not on this computer's, and go on
// ticking when the link is lost: an alarm grows old all the same.

const BOLD_SECONDS = 30;
const VERY_BOLD_SECONDS = 60;

let offset = 0;

/** Take over the gateway's time, in milliseconds since 1970. */
export function setNow(milliseconds) {
  offset = milliseconds - Date.now();
}

/** Return the gateway's time, in milliseconds since 1970. */
export function now() {
  return Date.now() + offset;
}

/** Return seconds as m:ss, or h:mm:ss from an hour on. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = two(whole % 60);
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Bring every age and countdown on the page up to date. */
export function tick() {
  const present = now();
  for (const age of document.querySelectorAll("[data-since]")) {
    const seconds = (present - Number(age.dataset.since)) / 1000;
    age.textContent = clock(seconds);
    age.classList.toggle("bold", seconds >= BOLD_SECONDS);
    age.classList.toggle("very", seconds >= VERY_BOLD_SECONDS);
  }
  for (const due of document.querySelectorAll("[data-due]")) {
    due.textContent = clock((Number(due.dataset.due) - present) / 1000);
  }
}

/** Begin to tick, twice a second so that no second is skipped. */
export function startClocks(milliseconds) {
  setNow(milliseconds);
  tick();
  setInterval(tick, 500);
}
