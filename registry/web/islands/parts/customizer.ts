/**
 * A design's parameters: the model follows them while they are dragged, the rest of the page when they rest. Without
 * script the same form posts, and the page follows the build by reloading itself.
 */
import { followsAnalysis } from "./analyser";
import { announce } from "./announce";
import { startAsking, type Answer } from "./asking";
import { addSliders } from "./sliders";
import { fetchPart, swapRegions } from "./swap";
import { holds, readValues, startHistory, writeValues, type Values } from "./values";

/** Values that do not go together: the answer holds the form with what is wrong. */
const UNPROCESSABLE = 422;
/** The rest of the page is asked for when nothing newer has been asked for so long. */
const DETAILS_MS = 120;
/** What takes longer is said; what does not would only flicker. */
const SLOW_MS = 250;
const WORDS_STAY_MS = 2500;

export function mount(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const viewer = document.querySelector<HTMLElement>("[data-island=viewer]");
  const steps = startHistory(readValues(form));
  let details = 0;
  let slow = 0;
  let reading: AbortController | null = null;

  const asking = startAsking(form, randomName(), {
    began(): void {
      clearTimeout(details);
      reading?.abort();
      form.setAttribute("aria-busy", "true");
      clearTimeout(slow);
      slow = window.setTimeout(() => {
        if (viewer) viewer.dataset.updating = "";
        markFormer();
      }, SLOW_MS);
    },
    came(answer: Answer): void {
      quiet();
      if (answer.link && (answer.model || answer.status !== UNPROCESSABLE)) history.replaceState(null, "", answer.link);
      if (answer.model) show(answer.model, answer.key);
      else if (answer.status < 400 || answer.status === UNPROCESSABLE) put(answer.html);
      else refuse(answer.html, answer.status);
      if (answer.model) details = window.setTimeout(() => void readDetails(), DETAILS_MS);
    },
    failed(words: string): void {
      quiet();
      announce(`The registry did not answer: ${words}`);
      refuse("", 0);
    },
  });

  function quiet(): void {
    clearTimeout(slow);
    form.removeAttribute("aria-busy");
    if (viewer) delete viewer.dataset.updating;
  }

  function show(model: ArrayBuffer, key: string): void {
    viewer?.dispatchEvent(new CustomEvent("cofab:model", { detail: { key, model } }));
    markFormer();
    clearErrors(form);
  }

  /** Figures, findings and files of what is shown, once the build is over. */
  async function readDetails(): Promise<void> {
    const mine = new AbortController();
    reading = mine;
    const answer = await fetchPart(location.href, { signal: mine.signal }, "settled").catch(() => null);
    if (mine.signal.aborted || !answer?.ok) return;
    put(await answer.text());
    if (document.querySelector("#build[data-build]")) details = window.setTimeout(() => void readDetails(), DETAILS_MS);
  }

  function put(html: string): void {
    swapRegions(html);
    markErrors(form);
  }

  function changed(rest: boolean): void {
    if (rest) steps.note(readValues(form));
    asking.changed(rest);
    refreshButtons();
  }

  function restore(values: Values | null, words: string): void {
    if (!values) return;
    writeValues(form, values);
    asking.changed(true);
    refreshButtons();
    announce(words);
  }

  function undo(): void {
    steps.note(readValues(form));
    restore(steps.undo(), "The change is undone");
  }

  function redo(): void {
    restore(steps.redo(), "The change is made again");
  }

  function refreshButtons(): void {
    const values = readValues(form);
    const state = steps.state();
    for (const button of form.querySelectorAll<HTMLButtonElement>("button[data-step]")) {
      button.hidden = false;
      button.setAttribute("aria-disabled", String(!(button.dataset.step === "undo" ? state.undo : state.redo)));
    }
    for (const button of form.querySelectorAll<HTMLElement>("button[data-values]")) {
      const attribute = "reset" in button.dataset ? "aria-disabled" : "aria-pressed";
      button.setAttribute(attribute, String(holds(values, JSON.parse(button.dataset.values ?? "{}") as Values)));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    steps.note(readValues(form));
    asking.again();
  });
  form.addEventListener("input", () => changed(false));
  form.addEventListener("change", () => changed(true));
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-values], button[data-step], button[data-copy]") : null;
    if (button?.dataset.step === "undo") undo();
    else if (button?.dataset.step === "redo") redo();
    else if (button?.dataset.values) {
      writeValues(form, JSON.parse(button.dataset.values) as Values);
      changed(true);
    } else if (button && "copy" in button.dataset) void copyLink(button);
  });
  document.addEventListener("keydown", (event) => {
    const step = stepOf(event);
    if (!step || isForeignText(event.target, form)) return;
    event.preventDefault();
    if (step === "undo") undo();
    else redo();
  });
  addSliders(form);
  pressPresets(form);
  for (const button of form.querySelectorAll<HTMLElement>("button[data-copy]")) button.hidden = false;
  followsAnalysis();
  refreshButtons();
  const unfinished = document.querySelector("#result[data-unbuilt], #build[data-build]") !== null;
  if (unfinished || wasTouched(form)) asking.again();
  else showKnown(viewer);
  addEventListener("pagehide", () => asking.leave());
}

/** The model that the page came with. */
function showKnown(viewer: HTMLElement | null): void {
  const model = document.querySelector<HTMLElement>("#build")?.dataset.model;
  if (model && viewer) viewer.dispatchEvent(new CustomEvent("cofab:model", { detail: model }));
}

function stepOf(event: KeyboardEvent): "undo" | "redo" | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}

/** Where somebody writes something else, the keys are the browser's own. */
function isForeignText(target: EventTarget | null, form: HTMLFormElement): boolean {
  if (!(target instanceof HTMLElement) || form.contains(target)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Presets are links for browsers without script; here they are buttons that put their values into the fields. */
function pressPresets(form: HTMLFormElement): void {
  for (const link of form.querySelectorAll<HTMLAnchorElement>("a[data-values]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = link.className;
    Object.assign(button.dataset, link.dataset);
    button.textContent = link.textContent;
    link.replaceWith(button);
  }
}

async function copyLink(button: HTMLElement): Promise<void> {
  const words = (button.dataset.words ??= button.textContent ?? "");
  let told = button.dataset.copied ?? "Copied";
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    told = button.dataset.notCopied ?? "Copy it from the address bar";
  }
  button.textContent = told;
  announce(told);
  setTimeout(() => (button.textContent = words), WORDS_STAY_MS);
}

/** Figures and findings are of the values before, until theirs come. */
function markFormer(): void {
  const result = document.querySelector<HTMLElement>("#result");
  if (result && !("keep" in result.dataset)) result.dataset.former = "";
}

/** There is a model: what was wrong before is so no longer. */
function clearErrors(form: HTMLFormElement): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-error-of], #form-errors, #trouble")) {
    if (place.childElementCount) place.replaceChildren();
  }
  markErrors(form);
}

/** Somebody chose values before this script was there, or the browser put back those of an earlier visit. */
function wasTouched(form: HTMLFormElement): boolean {
  return Array.from(form.elements).some((field) => {
    if (field instanceof HTMLInputElement && field.name) return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
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
  text.textContent = words || (status ? `The registry answered ${status}.` : "The registry did not answer. Change a value to try again.");
  notice.append(title, text);
  document.querySelector("#trouble")?.replaceChildren(notice);
}

/** An input is wrong while its error place holds words; those were put there by the server. */
function markErrors(form: HTMLFormElement): void {
  for (const place of form.querySelectorAll<HTMLElement>("[data-error-of]")) {
    const input = document.getElementById(place.dataset.errorOf ?? "");
    if (place.textContent?.trim()) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }
}
