/**
 * A design's parameters, built while they are changed. Without script the same form posts and the page follows the
 * build by reloading itself; here the answer's regions replace those of the page, and the build's events move the bar.
 */
import { announce } from "./announce";
import { fetchPart, swapRegions } from "./swap";

const PAUSE_MS = 300;

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

  async function build(): Promise<void> {
    running?.abort();
    events?.close();
    const mine = new AbortController();
    running = mine;
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetchPart(form.action, { method: "POST", body: new FormData(form), signal: mine.signal });
      swapRegions(await answer.text());
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
    const address = result?.dataset.events;
    if (!address) return;
    const source = new EventSource(address);
    events = source;
    const heard = (event: Event): void => {
      const state = JSON.parse((event as MessageEvent<string>).data) as Progress;
      if (state.state === "done" || state.state === "failed") void finish(source);
      else moveBar(state);
    };
    source.onmessage = heard;
    for (const name of ["build", "progress", "state", "done", "failed"]) source.addEventListener(name, heard);
  }

  async function finish(source: EventSource): Promise<void> {
    source.close();
    if (source !== events) return;
    const answer = await fetchPart(location.href);
    if (answer.ok) swapRegions(await answer.text());
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
  follow();
  addEventListener("pagehide", () => events?.close());
}

function moveBar(state: Progress): void {
  const bar = document.querySelector<HTMLProgressElement>("#build progress");
  const stage = document.querySelector<HTMLElement>("#build [data-stage-words]");
  if (bar && typeof state.progress === "number") bar.value = state.progress;
  if (stage && state.stage) stage.textContent = state.stage;
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
