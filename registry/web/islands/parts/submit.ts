/** A form that takes its time (an upload): says so, and cannot be sent twice. */
import { announce } from "./announce";

export function mount(element: HTMLElement): void {
  element.addEventListener("submit", () => {
    const button = element.querySelector<HTMLButtonElement>("button[type=submit], button:not([type])");
    const words = element.dataset.busy ?? "Sending…";
    announce(words);
    // After the event, or the button's own value would not be sent.
    queueMicrotask(() => {
      if (!button) return;
      button.textContent = words;
      button.setAttribute("aria-disabled", "true");
    });
    element.addEventListener("submit", (again) => again.preventDefault());
  });
}
