// One event stream for all pages of this browser, in a worker they share: a browser opens
// only six connections to one address, and a desk with six pages open would have none
// left for its buttons.

importScripts("/static/stream.js");

const FRESH_MILLISECONDS = 6000;

const pages = new Set();
const stream = new Stream(take);
let state = null; // as far as we know, for pages that come later
let heardAt = 0;

function take(message) {
  if (message.refused) state = null;
  else if (message.state || state) state = { ...state, ...(message.state ?? message.beat) };
  heardAt = Date.now();
  for (const page of pages) page.postMessage(message);
}

addEventListener("connect", ({ ports: [page] }) => {
  pages.add(page);
  page.addEventListener("message", ({ data }) => {
    if (data === "leaving") pages.delete(page);
    if (data === "silent") stream.again();
  });
  page.start();
  const age = Date.now() - heardAt;
  if (state === null || age > FRESH_MILLISECONDS) stream.open();
  else page.postMessage({ state: { ...state, now: state.now + age } });
});
