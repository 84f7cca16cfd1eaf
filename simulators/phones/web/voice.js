// Reads aloud what is said in a call that was answered on this page.

export class Voice {
  constructor() {
    this.on = true;
    this.engine = window.speechSynthesis ?? null;
  }

  say(text, language) {
    if (!this.on || this.engine === null) return;
    const words = new SpeechSynthesisUtterance(text);
    words.lang = language || "zh-CN";
    this.engine.speak(words);
  }

  hush() {
    this.engine?.cancel();
  }
}
