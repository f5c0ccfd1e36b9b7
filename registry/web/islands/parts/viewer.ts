/**
 * The place of a 3D model: a poster until somebody wants more. three.js comes only then, in a chunk of its own.
 * Another island shows a new model by dispatching `cofab:model` with the address as its detail, or with its bytes and
 * their key; when the picture of that is there, the element is told `cofab:drawn` with the key. Boxes that name bodies
 * of the model, in an element that says of which viewer it is, show and hide them. Buttons anywhere in the page that
 * hold a mark or a way to lie show it in the model; a region that is swapped may bring new ones.
 */
import { announce } from "./announce";
import { showsPlaces } from "./placing";
import { savesData } from "./saving";
import type { Scene, View } from "./scene";

/** Bytes that are there already, and what they are known by. */
export interface Ready {
  key: string;
  model: ArrayBuffer;
}

export function mount(element: HTMLElement): void {
  const stage = element.querySelector<HTMLElement>("[data-stage]");
  const status = element.querySelector<HTMLElement>("[data-status]");
  const start = element.querySelector<HTMLButtonElement>("[data-start]");
  const tools = element.querySelector<HTMLElement>("[data-tools]");
  if (!stage || !status || !start || !tools) return;
  const boxes = document.querySelectorAll<HTMLInputElement>(`[data-parts-of="${element.id}"] input[data-part]`);
  let scene: Scene | null = null;
  let opening: Promise<void> | null = null;
  const places = showsPlaces(element, async () => {
    await open();
    return element.dataset.state === "shown" ? scene : null;
  });

  function say(words: string): void {
    if (!status) return;
    status.textContent = words;
    status.hidden = words === "";
  }

  let newest: string | Ready | null = null;
  let undrawn: string | null = null;
  /** Not asked for yet. */
  let waiting: string | Ready | null = null;

  function drawn(): void {
    places.drawn();
    if (undrawn === null) return;
    element.dispatchEvent(new CustomEvent("cofab:drawn", { detail: undrawn }));
    undrawn = null;
  }

  async function show(source: string | Ready): Promise<void> {
    newest = source;
    if (!scene) element.dataset.state = "loading";
    if (!scene || typeof source === "string") say("Loading the 3D model…");
    try {
      if (!scene) {
        const { createScene } = await import("./scene");
        scene ??= createScene(stage as HTMLElement, element.dataset.label ?? "3D model", drawn);
      }
      await scene.load(typeof source === "string" ? source : source.model, () => newest === source);
      if (newest !== source) return;
      undrawn = typeof source === "string" ? source : source.key;
    } catch (error) {
      if (newest !== source) return;
      element.dataset.state = "failed";
      say(`The 3D model could not be shown: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    element.dataset.state = "shown";
    say("");
    (start as HTMLElement).hidden = true;
    (tools as HTMLElement).hidden = false;
    for (const box of boxes) box.hidden = false;
    places.loaded(scene, typeof source === "string");
  }

  function open(): Promise<void> {
    const source = waiting ?? element.dataset.model;
    if (!source) return Promise.resolve();
    opening ??= show(source);
    return opening;
  }

  start.addEventListener("click", () => {
    void open().then(() => announce("The 3D model is shown"));
  });
  element.addEventListener("cofab:model", (event) => {
    const source = (event as CustomEvent<string | Ready>).detail;
    if (typeof source === "string") {
      if (source === element.dataset.model) return;
      element.dataset.model = source;
    }
    if (!scene && !opening && savesData()) {
      waiting = source;
      start.hidden = false;
      return;
    }
    opening = show(source);
  });
  tools.addEventListener("click", (event) => {
    const view = event.target instanceof HTMLElement ? event.target.dataset.view : undefined;
    if (view) scene?.look(view as View);
  });

  for (const box of boxes) {
    box.addEventListener("change", () => scene?.show(box.dataset.part ?? "", box.checked));
  }

  start.hidden = !element.dataset.model;
  if (savesData()) return;
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    void open();
  });
  observer.observe(element);
}
