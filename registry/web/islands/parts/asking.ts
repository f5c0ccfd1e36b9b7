/**
 * The model of a form's values, asked for while they change. One request is under way at a time. While something is
 * dragged it may come to its end, so that there is something to see; once the values rest, an older one is given up,
 * here and in the registry, and the newest is asked for at once. What was seen lately is at hand.
 */
import { PART_HEADER } from "./swap";
import { keyOf, readValues, type Values } from "./values";

/** Values that did not change for so long rest. */
const REST_MS = 140;
const MOST_KEPT = 24;
const MOST_KEPT_BYTES = 48 * 2 ** 20;
const MODEL = "model/gltf-binary";

export interface Answer {
  /** Of the values that were asked for. */
  key: string;
  status: number;
  /** The page of these values, where there is one. */
  link: string | null;
  /** One of the two. */
  model: ArrayBuffer | null;
  html: string;
}

export interface Asking {
  /** The values may have changed; at rest they are not being dragged any more. */
  changed(rest: boolean): void;
  /** Ask again, whatever is at hand. */
  again(): void;
  leave(): void;
}

interface Hooks {
  began(): void;
  came(answer: Answer): void;
  failed(words: string): void;
}

export function startAsking(form: HTMLFormElement, waiter: string, hooks: Hooks): Asking {
  const address = `${form.action.replace(/\/build$/, "")}/model`;
  const kept = new Map<string, Answer>();
  let running: { key: string; controller: AbortController } | null = null;
  let shown = "";
  let timer = 0;

  async function ask(values: Values): Promise<void> {
    const key = keyOf(values);
    const mine = { key, controller: new AbortController() };
    running = mine;
    hooks.began();
    try {
      const answer = recall(key) ?? (await fetchModel(address, values, waiter, mine.controller.signal));
      if (running !== mine) return;
      shown = key;
      keep({ ...answer, key });
      hooks.came({ ...answer, key });
    } catch (error) {
      if (running !== mine) return;
      shown = key;
      hooks.failed(error instanceof Error ? error.message : String(error));
    }
    running = null;
    next(false);
  }

  function next(rest: boolean): void {
    const values = readValues(form);
    const key = keyOf(values);
    if (running && (running.key === key || !(rest || kept.has(key)))) return;
    if (!running && key === shown) return;
    running?.controller.abort();
    void ask(values);
  }

  function recall(key: string): Answer | null {
    const found = kept.get(key);
    if (!found?.model) return null;
    kept.delete(key);
    kept.set(key, found);
    return found;
  }

  function keep(answer: Answer): void {
    if (!answer.model) return;
    kept.set(answer.key, answer);
    let bytes = 0;
    for (const [key, each] of [...kept].reverse()) {
      bytes += each.model?.byteLength ?? 0;
      if (key !== answer.key && (bytes > MOST_KEPT_BYTES || kept.size > MOST_KEPT)) kept.delete(key);
    }
  }

  return {
    changed(rest: boolean): void {
      clearTimeout(timer);
      next(rest);
      if (!rest) timer = window.setTimeout(() => next(true), REST_MS);
    },
    again(): void {
      shown = "";
      kept.delete(keyOf(readValues(form)));
      next(true);
    },
    leave: () => running?.controller.abort(),
  };
}

async function fetchModel(address: string, values: Values, waiter: string, signal: AbortSignal): Promise<Omit<Answer, "key">> {
  const body = new URLSearchParams({ ...values, posted: "1", waiter });
  const answer = await fetch(address, { method: "POST", body, signal, credentials: "same-origin", headers: { [PART_HEADER]: "1" } });
  const link = answer.headers.get("X-Cofab-Link");
  const isModel = answer.ok && answer.headers.get("Content-Type")?.startsWith(MODEL);
  return {
    status: answer.status,
    link,
    model: isModel ? await answer.arrayBuffer() : null,
    html: isModel ? "" : await answer.text(),
  };
}
