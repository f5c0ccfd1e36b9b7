/**
 * A design's parameters, built while they are changed. Without script the same form posts and the page follows the
 * build by reloading itself; here the answer's regions replace those of the page, and the build's events move the bar.
 */
import { followsAnalysis } from "./analyser";
import { announce } from "./announce";
import { fetchPart, swapRegions } from "./swap";

const PAUSE_MS = 300;
/** Values that do not go together: the answer holds the form with what is wrong. */
const UNPROCESSABLE = 422;

interface Progress {
  state?: string;
  stage?: string;
  progress?: number;
}

export function mount(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const viewer = document.querySelector<HTMLElement>("[data-island=viewer]");
  let timer = 0;
  let running: AbortController | null = null;
  let events: EventSource | null = null;
  let followed: string | null = null;
  const waiter = randomName();

  /** Nobody waits here for the former build any more: the registry may end it. The request outlives the page. */
  function letGo(): void {
    events?.close();
    if (followed) void fetch(`/api/v1/builds/${followed}/wait?waiter=${waiter}`, { method: "DELETE", keepalive: true }).catch(() => null);
    followed = null;
  }

  async function build(): Promise<void> {
    running?.abort();
    letGo();
    const mine = new AbortController();
    running = mine;
    form.setAttribute("aria-busy", "true");
    const body = new FormData(form);
    body.set("waiter", waiter);
    try {
      const answer = await fetchPart(form.action, { method: "POST", body, signal: mine.signal });
      const html = await answer.text();
      if (answer.ok || answer.status === UNPROCESSABLE) swapRegions(html);
      else refuse(html, answer.status);
      markErrors(form);
      if (answer.ok && answer.redirected) {
        history.replaceState(null, "", answer.url);
        follow();
      }
    } catch (error) {
      if (!mine.signal.aborted) announce(`The registry did not answer: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      if (running === mine) form.removeAttribute("aria-busy");
    }
  }

  function follow(): void {
    const result = document.querySelector<HTMLElement>("#build");
    showModel();
    const id = result?.dataset.build;
    if (!id) return;
    const stages = JSON.parse(result.dataset.stages ?? "{}") as Record<string, string>;
    const source = new EventSource(`/api/v1/builds/${id}/events?waiter=${waiter}`);
    events = source;
    followed = id;
    source.addEventListener("build", (event) => {
      const state = JSON.parse((event as MessageEvent<string>).data) as Progress;
      if (state.state === "done" || state.state === "failed") void finish(source);
      else moveBar(state, stages);
    });
  }

  async function finish(source: EventSource): Promise<void> {
    source.close();
    if (source !== events) return;
    followed = null;
    const answer = await fetchPart(location.href);
    if (answer.ok) swapRegions(await answer.text());
    markErrors(form);
    showModel();
  }

  function showModel(): void {
    const model = document.querySelector<HTMLElement>("#build")?.dataset.model;
    if (model && viewer) viewer.dispatchEvent(new CustomEvent("cofab:model", { detail: model }));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void build();
  });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void build(), PAUSE_MS);
  });
  addSliders(form);
  followsAnalysis();
  follow();
  if (document.querySelector("#result[data-unbuilt]") || wasTouched(form)) void build();
  addEventListener("pagehide", letGo);
}

/** Somebody chose values before this script was there, or the browser put back those of an earlier visit. */
function wasTouched(form: HTMLFormElement): boolean {
  return Array.from(form.elements).some((field) => {
    if (field instanceof HTMLInputElement) return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
    return field instanceof HTMLSelectElement && chosen(field) !== field.value;
  });
}

/** What a choice holds as the page was sent: its first option when the page marks none. */
function chosen(field: HTMLSelectElement): string | undefined {
  const options = Array.from(field.options);
  return (options.find((option) => option.defaultSelected) ?? options[0])?.value;
}

/** A name that no other page has, letters and digits only. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The registry builds nothing now: too much waits, or its host is not fit. The page says why, and keeps what it shows. */
function refuse(html: string, status: number): void {
  const words = new DOMParser().parseFromString(html, "text/html").querySelector("main .lede, main p")?.textContent?.trim();
  const notice = document.createElement("div");
  notice.className = "notice tone-warn";
  notice.setAttribute("role", "alert");
  const title = document.createElement("strong");
  title.textContent = "Not built now";
  const text = document.createElement("p");
  text.textContent = words || `The registry answered ${status}.`;
  notice.append(title, text);
  document.querySelector("#trouble")?.replaceChildren(notice);
}

function moveBar(state: Progress, stages: Record<string, string>): void {
  const bar = document.querySelector<HTMLProgressElement>("#build progress");
  const stage = document.querySelector<HTMLElement>("#build [data-stage-words]");
  if (bar && typeof state.progress === "number") bar.value = state.progress;
  if (stage && state.stage) stage.textContent = stages[state.stage] ?? state.stage;
}

/** An input is wrong while its error place holds words; those were put there by the server. */
function markErrors(form: HTMLFormElement): void {
  for (const place of form.querySelectorAll<HTMLElement>("[data-error-of]")) {
    const input = document.getElementById(place.dataset.errorOf ?? "");
    if (place.textContent?.trim()) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }
}

/** A slider for the pointer under each number with both ends known. The number field stays the one that is named,
 * labelled, sent and reached by Tab. */
function addSliders(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll<HTMLInputElement>("input[data-slides]")) {
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = input.min;
    slider.max = input.max;
    slider.step = input.step === "any" ? String((Number(input.max) - Number(input.min)) / 200) : input.step;
    slider.value = input.value;
    slider.tabIndex = -1;
    slider.setAttribute("aria-hidden", "true");
    slider.addEventListener("input", () => {
      input.value = String(Number(Number(slider.value).toPrecision(6)));
    });
    input.addEventListener("input", () => {
      slider.value = input.value;
    });
    input.closest(".with-unit")?.after(slider);
  }
}
