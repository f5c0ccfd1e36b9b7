/** Where the camera stands, and how it gets there. */
import { Vector3, type PerspectiveCamera, type Sphere } from "three";
import type { OrbitControls } from "three/addons/controls/OrbitControls.js";

const ROOM_AROUND = 1.08;
const TURN_RAD = Math.PI / 24;
const ZOOM = 1.12;
const WAY_MS = 350;

/** How far away a sphere fills the view. */
export function fitting(camera: PerspectiveCamera, radius: number): number {
  const half = (camera.fov * Math.PI) / 360;
  return (radius * ROOM_AROUND) / Math.sin(Math.atan(Math.tan(half) * Math.min(1, camera.aspect)));
}

/** Look at `target` from a direction; by a short way, where people do not mind moving pictures. */
export function travel(camera: PerspectiveCamera, controls: OrbitControls, target: Vector3, position: Vector3): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    arrive(camera, controls, target, position);
    return;
  }
  const [fromTarget, from] = [controls.target.clone(), camera.position.clone().sub(controls.target)];
  const to = position.clone().sub(target);
  const began = performance.now();
  const step = (now: number): void => {
    const share = Math.min(1, (now - began) / WAY_MS);
    const eased = share * share * (3 - 2 * share);
    const along = from.clone().lerp(to, eased).setLength(from.length() + (to.length() - from.length()) * eased);
    const looked = fromTarget.clone().lerp(target, eased);
    arrive(camera, controls, looked, looked.clone().add(along));
    if (share < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function arrive(camera: PerspectiveCamera, controls: OrbitControls, target: Vector3, position: Vector3): void {
  controls.target.copy(target);
  camera.position.copy(position);
  controls.update();
}

/** The planes between which things are drawn, and how near one may come. */
export function bound(camera: PerspectiveCamera, controls: OrbitControls, bounds: Sphere): void {
  const distance = fitting(camera, bounds.radius);
  camera.near = distance / 100;
  camera.far = distance * 10;
  camera.updateProjectionMatrix();
  controls.minDistance = bounds.radius * 0.3;
  controls.maxDistance = distance * 4;
}

/** Whether the key turned or zoomed the view. */
export function handleKey(key: string, camera: PerspectiveCamera, controls: OrbitControls, home: () => void): boolean {
  const offset = camera.position.clone().sub(controls.target);
  const side = new Vector3().crossVectors(offset, camera.up).normalize();
  const turns: Record<string, () => void> = {
    ArrowLeft: () => offset.applyAxisAngle(camera.up, -TURN_RAD),
    ArrowRight: () => offset.applyAxisAngle(camera.up, TURN_RAD),
    ArrowUp: () => tilt(offset, side, camera.up, -TURN_RAD),
    ArrowDown: () => tilt(offset, side, camera.up, TURN_RAD),
    "+": () => offset.divideScalar(ZOOM),
    "=": () => offset.divideScalar(ZOOM),
    "-": () => offset.multiplyScalar(ZOOM),
  };
  if (key === "Home") {
    home();
    return true;
  }
  const turn = turns[key];
  if (!turn) return false;
  turn();
  camera.position.copy(controls.target).add(offset);
  controls.update();
  return true;
}

/** Turn up or down, but never over the pole. */
function tilt(offset: Vector3, side: Vector3, up: Vector3, angle: number): void {
  const next = offset.clone().applyAxisAngle(side, angle);
  const fromPole = next.angleTo(up);
  if (fromPole > 0.02 && fromPole < Math.PI - 0.02) offset.copy(next);
}
