/**
 * Buttons beside the model: a finding's shows where it is, a way to lie turns the model. They are found by what they
 * hold, so that a swapped region may bring new ones; what is shown stays shown while a button for it is there.
 */
import { announce } from "./announce";
import type { Mark } from "./marks";
import type { Scene, Turn } from "./scene";

export interface Places {
  /** After each picture: the label follows its place. */
  drawn(): void;
  /** A model is there, maybe another one. `known`: what the buttons stand for is about this one. */
  loaded(scene: Scene, known: boolean): void;
}

/** `open` gives the scene once its model is shown; null where that fails. */
export function showsPlaces(viewer: HTMLElement, open: () => Promise<Scene | null>): Places {
  const label = viewer.querySelector<HTMLElement>("[data-mark-label]");
  const toggle = viewer.querySelector<HTMLButtonElement>("button[data-marks]");
  const upright = viewer.querySelector<HTMLButtonElement>("button[data-upright]");
  if (!label || !toggle || !upright) return { drawn: () => undefined, loaded: () => undefined };
  let scene: Scene | null = null;
  let visible = false;
  let chosen = "";
  let turned = "";
  let named: Mark | null = null;

  /** Draw what the buttons that are there now stand for, and press those that are shown. */
  function refresh(): void {
    const buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-mark]")];
    if (!buttons.some((button) => button.dataset.mark === chosen)) chosen = "";
    const held = new Set(buttons.map((button) => button.dataset.mark ?? ""));
    const marks = new Map([...held].map((text) => [text, JSON.parse(text) as Mark]));
    named = visible ? (marks.get(chosen) ?? null) : null;
    const findings = [...marks].filter(([text, mark]) => text === chosen || (mark.tone !== "measure" && chosen === "")).map(([, mark]) => mark);
    scene?.mark(visible ? findings : [], named);
    for (const button of buttons) button.setAttribute("aria-pressed", String(visible && button.dataset.mark === chosen));
    for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-turn]")) {
      button.setAttribute("aria-pressed", String(button.dataset.turn === turned));
    }
    toggle!.hidden = chosen === "" && [...marks.values()].every((mark) => mark.tone === "measure");
    toggle!.setAttribute("aria-pressed", String(visible));
    const many = [...marks.values()].filter((mark) => mark.tone !== "measure").length;
    toggle!.dataset.count = many ? String(many) : "";
    upright!.hidden = turned === "";
    label!.hidden = named === null;
    label!.textContent = named?.words ?? "";
    if (named) label!.dataset.tone = named.tone;
  }

  async function showMark(text: string): Promise<void> {
    scene = await open();
    const again = visible && chosen === text;
    visible = !again;
    chosen = again ? "" : text;
    refresh();
    if (!named) return;
    if (turned) layDown("");
    viewer.scrollIntoView({ block: "nearest" });
    scene?.lookAt(named);
    announce(`Shown in the model: ${named.words}`);
  }

  function layDown(text: string): void {
    turned = text;
    scene?.lie(text ? (JSON.parse(text) as Turn) : null);
    refresh();
  }

  async function showTurn(text: string): Promise<void> {
    scene = await open();
    const away = text === turned;
    visible = false;
    chosen = "";
    layDown(away ? "" : text);
    viewer.scrollIntoView({ block: "nearest" });
    announce(away ? "The model stands as it is drawn" : "The model is turned that way, on a bed of centimetres");
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-mark], button[data-turn]") : null;
    if (button?.dataset.mark) void showMark(button.dataset.mark);
    if (button?.dataset.turn) void showTurn(button.dataset.turn);
  });
  toggle.addEventListener("click", () => {
    visible = !visible;
    refresh();
  });
  upright.addEventListener("click", () => layDown(""));
  document.addEventListener("cofab:swap", refresh);
  document.documentElement.dataset.placing = "";

  return {
    drawn(): void {
      const place = named && scene?.project(named.at);
      if (!place) return;
      label.style.left = `${place.x}px`;
      label.style.top = `${place.y}px`;
    },
    loaded(next: Scene, known: boolean): void {
      scene = next;
      turned = "";
      if (known) refresh();
      else label.hidden = true;
    },
  };
}
