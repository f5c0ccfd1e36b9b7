/** A region that follows what happens: on each event from the server its part of the page is fetched again. */
import { fetchPart, swapRegions } from "./swap";

const SHORTEST_PAUSE_MS = 400;

export function mount(element: HTMLElement): void {
  const events = element.dataset.events;
  const everySeconds = Number(element.dataset.everySeconds ?? "0");
  let waiting = false;
  let again = false;

  async function refresh(): Promise<void> {
    if (document.hidden) return;
    if (waiting) {
      again = true;
      return;
    }
    waiting = true;
    const answer = await fetchPart(location.href).catch(() => null);
    if (answer?.ok) swapRegions(await answer.text());
    setTimeout(() => {
      waiting = false;
      if (!again) return;
      again = false;
      void refresh();
    }, SHORTEST_PAUSE_MS);
  }

  if (events) {
    const source = new EventSource(events);
    source.onmessage = () => void refresh();
    for (const name of (element.dataset.eventNames ?? "").split(" ").filter(Boolean)) {
      source.addEventListener(name, () => void refresh());
    }
    source.addEventListener("end", () => source.close());
    addEventListener("pagehide", () => source.close());
  }
  if (everySeconds > 0) setInterval(() => void refresh(), everySeconds * 1000);
  document.addEventListener("visibilitychange", () => void refresh());
}
