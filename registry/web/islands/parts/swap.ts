/** Server-rendered regions, fetched again: the templates stay the only place where a page is written. */
import { announce } from "./announce";

export const PART_HEADER = "X-Cofab-Part";

/**
 * Replace every `[data-swap]` region of this page by the one of the same id in `html`. Focus stays where it was. Where
 * the new one says that it has nothing new (`data-keep`), what stands there is kept, and known as former.
 */
export function swapRegions(html: string): void {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const news = fresh.querySelector<HTMLElement>("[data-announce]")?.dataset.announce;
  for (const region of document.querySelectorAll<HTMLElement>("[data-swap]")) {
    const next = fresh.getElementById(region.id);
    if (!next || next.outerHTML === region.outerHTML) continue;
    if ("keep" in next.dataset && !("keep" in region.dataset)) {
      region.dataset.former = "";
      continue;
    }
    const focused = document.activeElement instanceof HTMLElement && region.contains(document.activeElement) ? document.activeElement : null;
    const open = [...region.querySelectorAll<HTMLDetailsElement>("details[open][id]")].map((each) => each.id);
    region.replaceWith(document.adoptNode(next));
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused?.id) document.getElementById(focused.id)?.focus();
  }
  document.dispatchEvent(new Event("cofab:swap"));
  if (news) announce(news);
}

/** Fetch a page's regions. `signal` ends a request that nobody waits for any more; `settled` waits for a build. */
export async function fetchPart(address: string, init: RequestInit = {}, which = "1"): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set(PART_HEADER, which);
  return fetch(address, { ...init, headers, credentials: "same-origin" });
}
