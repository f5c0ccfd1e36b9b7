/** Pointers over a drawing: one moves it, two change its size, one that did not move chooses what it points at. */

export interface Pointing {
  move: (dx: number, dy: number) => void;
  /** How many times larger, and around which place of the element. */
  pinch: (by: number, x: number, y: number) => void;
  choose: (target: SVGElement) => void;
}

const STILL_PX = 5;

export function listenToPointers(view: HTMLElement, pointing: Pointing): void {
  const down = new Map<number, PointerEvent>();
  let moved = 0;
  let target: SVGElement | null = null;

  view.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!down.size) {
      moved = 0;
      target = event.target instanceof SVGElement && event.target.dataset.version !== undefined ? event.target : null;
    }
    down.set(event.pointerId, event);
    view.setPointerCapture(event.pointerId);
  });

  view.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const other = [...down.values()].find((each) => each.pointerId !== event.pointerId);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    moved += Math.abs(dx) + Math.abs(dy);
    down.set(event.pointerId, event);
    if (!other) {
      pointing.move(dx, dy);
      return;
    }
    const distance = (each: PointerEvent): number => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY) || 1;
    const box = view.getBoundingClientRect();
    pointing.pinch(distance(event) / distance(before), other.clientX - box.left, other.clientY - box.top);
  });

  for (const ending of ["pointerup", "pointercancel"] as const) {
    view.addEventListener(ending, (event) => {
      down.delete(event.pointerId);
      if (target && moved < STILL_PX && ending === "pointerup") pointing.choose(target);
    });
  }
}
