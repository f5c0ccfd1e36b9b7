/**
 * Two models and what differs between them, in one WebGL scene with one camera: so whatever is shown beside or over
 * something else is seen from the same place. Drawn only when something changed.
 */
import {
  Box3,
  Color,
  DoubleSide,
  Group,
  LineBasicMaterial,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  Raycaster,
  Scene as ThreeScene,
  Sphere,
  Vector2,
  Vector3,
  WebGLRenderer,
  type Material,
  type Object3D,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { bound, fitting, handleKey } from "./camera";
import { dress } from "./dress";
import { toScene, type Place } from "./marks";
import { addLights, FIELD_OF_VIEW_DEG, VIEWS, zoomByWheelInFocus, type View } from "./stage";
import { onThemeChange } from "./theme";

export type Layer = "difference" | "before" | "after";
/** The difference alone; both beside each other; one at either side of a line; one fading into the other. */
export type Mode = "difference" | "sides" | "wipe" | "fade";

/** A place on the surface, in the design's mm with Z up, and the way out of it. */
export interface Spot {
  point: Place;
  normal: Place;
}

export interface DifferenceScene {
  load(layer: Layer, address: string): Promise<void>;
  /** `share`, 0 to 1: how much of what was kept is seen, where the line stands, or how far it has faded. */
  show(mode: Mode, share: number): void;
  look(view: View): void;
  part(name: string, visible: boolean): void;
  /** Where a place is on the stage, px; null where it is not to be seen. */
  project(place: Place): { x: number; y: number } | null;
  /** What lies under a point of the stage, px; null where there is nothing. */
  pick(x: number, y: number): Spot | null;
}

const KEPT = "kept";

interface Dressed {
  group: Group;
  surface: MeshStandardMaterial;
  lines: LineBasicMaterial;
}

/** `drawn` is called after each picture. */
export function createDifference(stage: HTMLElement, label: string, drawn: () => void): DifferenceScene {
  const renderer = new WebGLRenderer({ antialias: true, alpha: true });
  const canvas = renderer.domElement;
  const camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 0.001, 100);
  const controls = new OrbitControls(camera, canvas);
  const space = new ThreeScene();
  const layers: Record<Layer, Dressed> = { difference: layer(), before: layer(), after: layer() };
  const hidden = new Set<string>();
  let mode: Mode = "difference";
  let share = 1;
  let framed = false;
  let bounds = new Sphere(new Vector3(), 1);
  let queued = false;

  function layer(): Dressed {
    const surface = new MeshStandardMaterial({ side: DoubleSide, roughness: 0.62, metalness: 0.05, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
    const dressed = { group: new Group(), surface, lines: new LineBasicMaterial() };
    dressed.group.visible = false;
    return dressed;
  }

  function draw(): void {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      render();
      drawn();
    });
  }

  function render(): void {
    const { x: width, y: height } = renderer.getSize(new Vector2());
    renderer.setScissorTest(false);
    renderer.setViewport(0, 0, width, height);
    renderer.clear();
    const middle = Math.round(width * share);
    aim(mode === "sides" ? width / 2 / height : width / height);
    if (mode === "difference") pass("difference");
    if (mode === "fade") {
      fade("before", 1 - share);
      renderer.clearDepth();
      fade("after", share);
    }
    if (mode === "wipe") {
      renderer.setScissorTest(true);
      cut(0, middle, height, () => pass("before"));
      cut(middle, width - middle, height, () => pass("after"));
    }
    if (mode === "sides") {
      const half = Math.floor(width / 2);
      for (const [which, left] of [["before", 0], ["after", half]] as const) {
        renderer.setViewport(left, 0, half, height);
        pass(which);
      }
    }
  }

  function aim(aspect: number): void {
    if (camera.aspect === aspect) return;
    camera.aspect = aspect;
    camera.updateProjectionMatrix();
  }

  function cut(left: number, width: number, height: number, content: () => void): void {
    if (width <= 0) return;
    renderer.setScissor(left, 0, width, height);
    content();
  }

  function pass(which: Layer): void {
    for (const [name, each] of Object.entries(layers)) each.group.visible = name === which;
    renderer.render(space, camera);
  }

  /** First only how deep it is: so nothing of it shines through itself. */
  function fade(which: Layer, opacity: number): void {
    if (opacity <= 0) return;
    const materials = materialsOf(layers[which].group);
    for (const each of materials) each.colorWrite = false;
    pass(which);
    for (const each of materials) {
      each.colorWrite = true;
      each.transparent = true;
      each.opacity = opacity;
    }
    pass(which);
    for (const each of materials) {
      each.transparent = false;
      each.opacity = 1;
    }
  }

  function recolour(): void {
    const style = getComputedStyle(stage);
    for (const each of Object.values(layers)) {
      each.surface.color = new Color(style.color);
      each.lines.color = new Color(style.outlineColor);
    }
    draw();
  }

  function resize(): void {
    const { width, height } = stage.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    renderer.setSize(width, height, false);
    draw();
  }

  function look(view: View): void {
    const { width, height } = stage.getBoundingClientRect();
    aim((mode === "sides" ? width / 2 : width) / height);
    bound(camera, controls, bounds);
    controls.target.copy(bounds.center);
    camera.position.copy(bounds.center).addScaledVector(VIEWS[view].clone().normalize(), fitting(camera, bounds.radius));
    controls.update();
    draw();
  }

  async function load(which: Layer, address: string): Promise<void> {
    const gltf = await new GLTFLoader().loadAsync(address);
    const { group, surface, lines } = layers[which];
    group.add(dress(gltf.scene, surface, lines));
    const around = new Box3();
    for (const each of Object.values(layers)) around.expandByObject(each.group, true);
    bounds = around.getBoundingSphere(new Sphere());
    if (bounds.radius <= 0) throw new Error("the file holds no geometry");
    for (const name of hidden) part(name, false);
    if (framed) bound(camera, controls, bounds);
    else look("corner");
    framed = true;
    recolour();
    show(mode, share);
  }

  function show(next: Mode, nextShare: number): void {
    const before = mode;
    [mode, share] = [next, nextShare];
    for (const material of kept()) {
      material.transparent = share < 1;
      material.depthWrite = share === 1;
      material.opacity = share;
      material.visible = share > 0;
      material.needsUpdate = true;
    }
    if (framed && (before === "sides") !== (mode === "sides")) stepBack();
    draw();
  }

  /** Half the room is narrower: stay where one looks from, so far away that all of it is seen. */
  function stepBack(): void {
    const { width, height } = stage.getBoundingClientRect();
    const away = camera.position.clone().sub(controls.target);
    const former = fitting(camera, bounds.radius);
    aim((mode === "sides" ? width / 2 : width) / height);
    bound(camera, controls, bounds);
    camera.position.copy(controls.target).addScaledVector(away, fitting(camera, bounds.radius) / former);
    controls.update();
  }

  function kept(): Material[] {
    if (mode !== "difference") return [];
    const named = layers.difference.group.getObjectsByProperty("name", KEPT);
    return named.flatMap(materialsOf).filter((each) => each instanceof MeshStandardMaterial);
  }

  function part(name: string, visible: boolean): void {
    if (visible) hidden.delete(name);
    else hidden.add(name);
    for (const each of layers.difference.group.getObjectsByProperty("name", name)) each.visible = visible;
    draw();
  }

  function project(place: Place): { x: number; y: number } | null {
    const at = toScene(place).project(camera);
    const { width, height } = stage.getBoundingClientRect();
    const room = mode === "sides" ? width / 2 : width;
    if (at.z > 1 || Math.abs(at.x) > 1 || Math.abs(at.y) > 1) return null;
    return { x: width - room + ((at.x + 1) / 2) * room, y: ((1 - at.y) / 2) * height };
  }

  function pick(x: number, y: number): Spot | null {
    const { width, height } = stage.getBoundingClientRect();
    const half = width / 2;
    const across = mode === "sides" ? ((x % half) / half) * 2 - 1 : (x / width) * 2 - 1;
    const which: Layer = mode === "difference" ? "difference" : (mode === "sides" ? x < half : mode === "wipe" ? x < width * share : share < 0.5) ? "before" : "after";
    const caster = new Raycaster();
    caster.setFromCamera(new Vector2(across, 1 - (y / height) * 2), camera);
    layers[which].group.visible = true;
    const hit = caster.intersectObject(layers[which].group, true).find((each) => each.object instanceof Mesh && seen(each.object));
    if (!hit?.face) return null;
    const out = hit.face.normal.clone().transformDirection(hit.object.matrixWorld);
    if (out.dot(caster.ray.direction) > 0) out.negate();
    return { point: toDesign(hit.point, 1000), normal: toDesign(out, 1) };
  }

  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", label);
  canvas.addEventListener("keydown", (event) => {
    if (!handleKey(event.key, camera, controls, () => look("corner"))) return;
    event.preventDefault();
    draw();
  });
  stage.append(canvas);
  renderer.autoClear = false;
  addLights(space, camera);
  for (const each of Object.values(layers)) space.add(each.group);
  controls.enableDamping = false;
  zoomByWheelInFocus(canvas, controls);
  controls.addEventListener("change", draw);
  new ResizeObserver(resize).observe(stage);
  onThemeChange(recolour);
  recolour();
  resize();
  return { load, show, look, part, project, pick };
}

function toDesign(vector: Vector3, scale: number): Place {
  return [vector.x * scale, -vector.z * scale, vector.y * scale].map((each) => Number(each.toFixed(3)) + 0) as Place;
}

function materialsOf(root: Object3D): Material[] {
  const found = new Set<Material>();
  root.traverse((each) => {
    const own = (each as Mesh).material as Material | Material[] | undefined;
    if (own) for (const material of Array.isArray(own) ? own : [own]) found.add(material);
  });
  return [...found];
}

function seen(object: Object3D): boolean {
  let each: Object3D | null = object;
  for (; each; each = each.parent) if (!each.visible) return false;
  const material = (object as Mesh).material as Material;
  return material.visible;
}
