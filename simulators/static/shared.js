// One event stream for all tabs of this browser, in a worker they share: a browser opens only
// six connections to one address, and a few tabs would have none left for their buttons.
// No module: a worker made of modules may miss the pages that come while it loads.

const RETRY_MILLISECONDS = 2000;

const streams = new Map();

// What a stream last said, so that a page that comes later knows as much as the others: the
// first kind of event says everything, each other one replaces what was said of its thing.
class Shared {
  constructor(address, kinds) {
    this.address = address;
    this.kinds = kinds;
    this.pages = new Set();
    this.known = new Map();
    this.open();
  }

  open() {
    const source = new EventSource(this.address);
    this.source = source;
    for (const kind of this.kinds) {
      source.addEventListener(kind, (event) => this.take(kind, event.data));
    }
    source.addEventListener("open", () => this.tell({ up: true }));
    source.addEventListener("error", () => {
      this.tell({ up: false });
      // the browser tries again by itself, except after an answer it cannot use
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.source === source && this.open(), RETRY_MILLISECONDS);
    });
  }

  take(kind, data) {
    if (kind === this.kinds[0]) this.known.clear();
    const about = JSON.parse(data);
    this.known.set(`${kind} ${about.phone?.number ?? about.id ?? ""}`, { kind, data });
    this.tell({ kind, data });
  }

  tell(message) {
    for (const page of this.pages) page.postMessage(message);
  }

  join(page) {
    this.pages.add(page);
    if (this.source.readyState === EventSource.OPEN) page.postMessage({ up: true });
    for (const message of this.known.values()) page.postMessage(message);
  }

  leave(page) {
    this.pages.delete(page);
    if (this.pages.size > 0) return;
    this.source.close();
    this.source = null;
    streams.delete(this.address);
  }
}

addEventListener("connect", ({ ports: [page] }) => {
  let stream = null;
  page.addEventListener("message", ({ data }) => {
    if (data.address) {
      stream = streams.get(data.address) ?? new Shared(data.address, data.kinds);
      streams.set(data.address, stream);
      stream.join(page);
    } else {
      stream?.leave(page);
    }
  });
  page.start();
});
