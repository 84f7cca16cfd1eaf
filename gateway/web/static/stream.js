// The event stream: what comes, and what to do when it ends. No module, for the shared
// worker is none: a worker made of modules may miss the pages that come while it loads.

const RETRY_MILLISECONDS = 2000;

globalThis.Stream = class {
  // `take` is given {state}, {beat} or {refused: status}.
  constructor(take) {
    this.take = take;
    this.source = null;
  }

  open() {
    this.source?.close();
    const source = new EventSource("/events");
    this.source = source;
    source.addEventListener("beat", (event) => this.take({ beat: JSON.parse(event.data) }));
    source.addEventListener("state", (event) => this.take({ state: JSON.parse(event.data) }));
    source.addEventListener("error", () => {
      // CLOSED means the answer was no event stream: perhaps nobody is logged in any more
      if (source.readyState === EventSource.CLOSED) this.askWhy(source);
    });
  }

  // A connection that hangs without an error is given up as well.
  again() {
    if (this.source?.readyState === EventSource.OPEN) this.open();
  }

  async askWhy(source) {
    try {
      this.take({ refused: (await fetch("/events", { method: "HEAD" })).status });
    } catch {
      // not reachable: the page says so itself when it hears nothing
    }
    setTimeout(() => {
      if (this.source === source) this.open();
    }, RETRY_MILLISECONDS);
  }
};
