// Brings the page up to date: fetches it again and exchanges its live sections. The
// server draws everything, so that the page with and without a script cannot differ.

import { tick } from "./clock.js";
import { release } from "./press.js";

const AGAIN_MILLISECONDS = 3000;

let running = false;
let wanted = false;

/** Fetch this page again and show what changed; calls during a fetch become one more. */
export async function refresh() {
  wanted = true;
  if (running) return;
  running = true;
  while (wanted) {
    wanted = false;
    try {
      await once();
    } catch {
      // the link is lost or the answer was cut short: the next state event comes, or we ask
      setTimeout(refresh, AGAIN_MILLISECONDS);
    }
  }
  running = false;
}

async function once() {
  if (!document.querySelector("[data-live]")) return;
  const answer = await fetch(location.href, {
    headers: { "X-Desk-Live": "1" },
    cache: "no-store",
  });
  if (answer.redirected) return; // the log-in page: the link says so itself
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  await release();
  for (const section of document.querySelectorAll("[data-live]")) {
    const newer = fresh.getElementById(section.id);
    if (newer && content(newer) !== content(section)) exchange(section, newer);
  }
  // somebody else closed it: no outcome is left to be chosen
  if (document.querySelector("#live-head.closed")) {
    document.getElementById("closing")?.remove();
  }
  tick();
}

// what a section says, apart from its clocks: those tick by themselves
function content(section) {
  const copy = section.cloneNode(true);
  for (const ticking of copy.querySelectorAll("[data-since], [data-due]")) {
    ticking.textContent = "";
    ticking.removeAttribute("class");
  }
  for (const fold of copy.querySelectorAll("details")) fold.removeAttribute("open");
  return copy.outerHTML;
}

function exchange(section, newer) {
  const place = focusPlace(section);
  const node = document.adoptNode(newer);
  keepFolds(section, node);
  section.replaceWith(node);
  if (place) node.querySelector(place)?.focus({ preventScroll: true });
}

// what somebody has unfolded stays so
function keepFolds(section, node) {
  const was = new Map(
    [...section.querySelectorAll("details[data-fold]")].map((fold) => [fold.dataset.fold, fold.open]),
  );
  for (const fold of node.querySelectorAll("details[data-fold]")) {
    if (was.has(fold.dataset.fold)) fold.open = was.get(fold.dataset.fold);
  }
}

// whoever moves about by keyboard stays on the same button
function focusPlace(section) {
  const active = document.activeElement;
  if (!active || !section.contains(active)) return null;
  if (active.matches("a[href]")) return `a[href="${CSS.escape(active.getAttribute("href"))}"]`;
  const form = active.closest("form[action]");
  return form ? `form[action="${CSS.escape(form.getAttribute("action"))}"] button` : null;
}
