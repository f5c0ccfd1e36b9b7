/** A page that waits for something to be made: its bar moves, and once it is made the page is loaded anew. */
import { fetchPart, swapRegions } from "./swap";

const PAUSE_MS = 1000;
const MOST_FAILURES = 20;

export function mount(element: HTMLElement): void {
  const mark = `#${element.id}[data-under-way]`;
  let failures = 0;

  async function look(): Promise<void> {
    const answer = await fetchPart(location.href).catch(() => null);
    const html = answer?.ok ? await answer.text() : "";
    failures = html ? 0 : failures + 1;
    if (html && !new DOMParser().parseFromString(html, "text/html").querySelector(mark)) {
      location.reload();
      return;
    }
    if (html) swapRegions(html);
    if (failures < MOST_FAILURES) setTimeout(() => void look(), PAUSE_MS);
  }

  setTimeout(() => void look(), PAUSE_MS);
}
