/**
 * The link that has a build analysed: followed in the background, and its regions put in here. Who asked once in a page
 * is shown the analysis of each build that follows.
 */
import { announce } from "./announce";
import { fetchPart, swapRegions } from "./swap";

const MOST_TRIES = 12;

export function followsAnalysis(): void {
  let wanted = false;
  let running: AbortController | null = null;

  async function analyse(link: HTMLAnchorElement): Promise<void> {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const address = link.href;
    link.closest("#make")?.setAttribute("aria-busy", "true");
    link.textContent = "Analysing the shape…";
    announce("The shape is being analysed");
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const answer = await fetchPart(address, { signal: mine.signal }).catch(() => null);
      if (mine.signal.aborted || running !== mine) return;
      if (!answer?.ok) break;
      const html = await answer.text();
      if (new DOMParser().parseFromString(html, "text/html").querySelector("[data-analyse]")) continue;
      swapRegions(html);
      announce("The analysis is here");
      return;
    }
    link.textContent = "It was not analysed: try again";
    link.closest("#make")?.removeAttribute("aria-busy");
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-analyse]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    wanted = true;
    void analyse(link);
  });
  const begun = document.querySelector<HTMLAnchorElement>("a[data-under-way]");
  if (begun) void analyse(begun);
  document.addEventListener("cofab:swap", () => {
    const link = document.querySelector<HTMLAnchorElement>("a[data-analyse]");
    const current = link !== null && link.closest("[data-former]") === null && document.querySelector("#build[data-build]") === null;
    if (wanted && current && !link.closest("[aria-busy]")) void analyse(link);
    else if (document.querySelector("#build[data-build]")) running?.abort();
  });
}
