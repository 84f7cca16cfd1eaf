// Listens to an event stream, together with the other tabs of this browser.

const RETRY_MILLISECONDS = 2000;

// `take(kind, data)` is given every event, `link(up)` whether the stream stands. The first of
// `kinds` is the event that says everything; it comes first.
export function listen(address, kinds, take, link) {
  const absolute = new URL(address, document.baseURI).href;
  if (window.SharedWorker) share(absolute, kinds, take, link);
  else alone(absolute, kinds, take, link);
}

function share(address, kinds, take, link) {
  const { port } = new SharedWorker(new URL("shared.js", import.meta.url));
  const join = () => port.postMessage({ address, kinds });
  port.addEventListener("message", ({ data }) => {
    if (data.kind) take(data.kind, JSON.parse(data.data));
    else link(data.up);
  });
  port.start();
  join();
  addEventListener("pagehide", () => port.postMessage({}));
  addEventListener("pageshow", (event) => event.persisted && join());
}

function alone(address, kinds, take, link) {
  const source = new EventSource(address);
  for (const kind of kinds) {
    source.addEventListener(kind, (event) => take(kind, JSON.parse(event.data)));
  }
  source.addEventListener("open", () => link(true));
  source.addEventListener("error", () => {
    link(false);
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => alone(address, kinds, take, link), RETRY_MILLISECONDS);
  });
}
