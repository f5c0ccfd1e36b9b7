/** The order form: who can make it is asked again while material, colour and place are chosen. */
import { fetchPart, swapRegions } from "./swap";

const PAUSE_MS = 350;
const DECIDING = new Set([
  "quantity", "material", "colour", "facility", "machine", "wanted_by", "most_cost", "near", "within", "tolerance", "thickness", "lay", "commercial", "sort",
]);

export function mount(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  let timer = 0;
  let running: AbortController | null = null;

  async function ask(): Promise<void> {
    running?.abort();
    running = new AbortController();
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string") query.append(name, value);
    }
    const answer = await fetchPart(`${location.pathname}?${query}`, { signal: running.signal }).catch(() => null);
    if (answer?.ok) swapRegions(await answer.text());
  }

  form.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLElement) || !DECIDING.has(event.target.id)) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), PAUSE_MS);
  });
  form.querySelector("[data-check]")?.addEventListener("click", (event) => {
    event.preventDefault();
    void ask();
  });
}
