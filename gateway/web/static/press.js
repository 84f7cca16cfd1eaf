// Nothing moves away from under a finger: what changes the page's layout waits until the
// finger is up again and the click has arrived. Otherwise "I take it" hits something else.

const CLICK_MILLISECONDS = 50;

let pressed = false;
let released = Promise.resolve();

addEventListener(
  "pointerdown",
  () => {
    pressed = true;
    released = new Promise((resolve) => {
      const done = () => {
        pressed = false;
        resolve();
      };
      for (const name of ["pointerup", "pointercancel"]) {
        addEventListener(name, () => setTimeout(done, CLICK_MILLISECONDS), { once: true });
      }
    });
  },
  { capture: true },
);

/** Return whether something is being pressed now. */
export const isPressed = () => pressed;

/** Wait until nothing is being pressed. */
export const release = () => released;
