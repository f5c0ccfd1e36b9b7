/**
 * A region that follows what happens: on each event from the server its part of the page is fetched again; or every few
 * seconds, where it says so, as long as the page has what `data-while` names.
 */
import { fetchPart, swapRegions } from "./swap";

const SHORTEST_PAUSE_MS = 400;

export function mount(element: HTMLElement): void {
  const events = element.dataset.events;
  const everySeconds = Number(element.dataset.everySeconds ?? "0");
  const underWay = element.dataset.while;
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
  function look(): void {
    if (!underWay || document.querySelector(underWay)) void refresh();
  }

  if (everySeconds > 0) setInterval(look, everySeconds * 1000);
  document.addEventListener("visibilitychange", look);
}
