/** What every 3D view has alike: from where it is looked at, its light, and when the wheel zooms. */
import { AmbientLight, DirectionalLight, HemisphereLight, Vector3, type PerspectiveCamera, type Scene } from "three";
import type { OrbitControls } from "three/addons/controls/OrbitControls.js";

export type View = "corner" | "front" | "top" | "right";

export const FIELD_OF_VIEW_DEG = 30;

/** Directions from which the model is seen. GLB is Y-up: the bed of a printer is the XZ plane. */
export const VIEWS: Record<View, Vector3> = {
  corner: new Vector3(0.75, 0.62, 1),
  front: new Vector3(0, 0, 1),
  top: new Vector3(0, 1, 0.0001),
  right: new Vector3(1, 0, 0),
};

/** The wheel scrolls the page until somebody clicks into the view: it must not be a trap on the way down. */
export function zoomByWheelInFocus(canvas: HTMLElement, controls: OrbitControls): void {
  controls.enableZoom = false;
  canvas.addEventListener("pointerdown", () => canvas.focus({ preventScroll: true }));
  canvas.addEventListener("focus", () => (controls.enableZoom = true));
  canvas.addEventListener("blur", () => (controls.enableZoom = false));
}

export function addLights(space: Scene, camera: PerspectiveCamera): void {
  const key = new DirectionalLight(0xffffff, 2.1);
  key.position.set(1.2, 1.6, 0.6);
  const fill = new DirectionalLight(0xffffff, 0.7);
  fill.position.set(-1.5, 0.4, 0.5);
  camera.add(key, fill);
  space.add(camera, new HemisphereLight(0xffffff, 0xb9c4bd, 0.9), new AmbientLight(0xffffff, 0.25));
}
