// The ring tone: 450 Hz, one second on and four off, as telephones ring in China.

const TONE_HZ = 450;
const ON_SECONDS = 1;
const OFF_SECONDS = 4;
const LOUD = 0.12;

export class Ring {
  constructor(changed) {
    this.context = null;
    this.timer = null;
    this.changed = changed;
  }

  // Whether the browser lets us be heard.
  get allowed() {
    return this.context !== null && this.context.state === "running";
  }

  // Ask for sound; works only inside a click.
  async allow() {
    if (this.context === null) {
      this.context = new AudioContext();
      this.context.addEventListener("statechange", () => this.changed());
    }
    await this.context.resume();
    this.changed();
  }

  set(ringing) {
    if (ringing && this.timer === null) {
      this.tone();
      this.timer = setInterval(() => this.tone(), (ON_SECONDS + OFF_SECONDS) * 1000);
    } else if (!ringing && this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
      this.stop?.();
    }
  }

  tone() {
    if (!this.allowed) return;
    const { context } = this;
    const start = context.currentTime;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(LOUD, start + 0.03);
    gain.gain.setValueAtTime(LOUD, start + ON_SECONDS - 0.05);
    gain.gain.linearRampToValueAtTime(0, start + ON_SECONDS);
    gain.connect(context.destination);
    const wave = context.createOscillator();
    wave.frequency.value = TONE_HZ;
    wave.connect(gain);
    wave.start(start);
    wave.stop(start + ON_SECONDS);
    this.stop = () => gain.disconnect();
  }
}
