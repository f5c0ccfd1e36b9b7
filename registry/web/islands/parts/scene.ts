/** One WebGL scene: a model on the page's own background, drawn only when something changed. */
import {
  Box3,
  Color,
  DoubleSide,
  GridHelper,
  Group,
  LineBasicMaterial,
  MeshStandardMaterial,
  PerspectiveCamera,
  Quaternion,
  Scene as ThreeScene,
  Sphere,
  Vector3,
  WebGLRenderer,
  type Object3D,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { bound, fitting, handleKey, travel } from "./camera";
import { discard, dress } from "./dress";
import { bestDirection, discardMarks, drawMark, toScene, type Mark, type Place } from "./marks";
import { addLights, FIELD_OF_VIEW_DEG, VIEWS, zoomByWheelInFocus, type View } from "./stage";
import { onThemeChange } from "./theme";

export type { View } from "./stage";

/** One way to lie on the bed: of a body by itself, turned by w, x, y, z in the model's own directions. */
export interface Turn {
  body: string;
  quaternion: [number, number, number, number];
}

/** How near one goes to a mark, as a share of the model's size. */
const NEAREST_MARK = 0.45;
/** While a model changes, it may grow or shrink by so much, or move by such a part of its size, before the camera does. */
const [MOST_GROWN, LEAST_GROWN, MOST_AWAY] = [1.12, 0.6, 0.3];
const BED_CELL_M = 0.01;
const MOST_BED_CELLS = 60;

export interface Scene {
  /** Show another model, from its address or its bytes; the camera stays. Nothing changes where it is not `wanted` any
   * more once it is read. */
  load(source: string | ArrayBuffer, wanted?: () => boolean): Promise<void>;
  look(view: View): void;
  /** Whether the body of this name is drawn; also of models that are loaded later. */
  show(name: string, visible: boolean): void;
  /** Mark these places, one of them above all; nothing where there are none. */
  mark(marks: Mark[], chosen: Mark | null): void;
  /** Turn the camera to where most of a mark is seen. */
  lookAt(mark: Mark): void;
  /** Lay a body on the bed in this way, or all as they are drawn. */
  lie(turn: Turn | null): void;
  /** Where a place of the model is on the stage, px; null behind the camera. */
  project(place: Place): { x: number; y: number } | null;
}

/** `drawn` is called after each picture. */
export function createScene(stage: HTMLElement, label: string, drawn: () => void = () => undefined): Scene {
  const renderer = new WebGLRenderer({ antialias: true, alpha: true });
  const canvas = renderer.domElement;
  const camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 0.001, 100);
  const controls = new OrbitControls(camera, canvas);
  const space = new ThreeScene();
  const pivot = new Group();
  const surface = new MeshStandardMaterial({ side: DoubleSide, roughness: 0.62, metalness: 0.05, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
  const lines = new LineBasicMaterial();
  const hidden = new Set<string>();
  let model: Object3D | null = null;
  let marked: Group[] = [];
  let bed: GridHelper | null = null;
  let bounds = new Sphere(new Vector3(), 1);
  let framed = bounds;
  let placed = false;
  let size = "";
  let queued = false;

  function draw(): void {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      renderer.render(space, camera);
      drawn();
    });
  }

  function recolour(): void {
    const style = getComputedStyle(stage);
    surface.color = new Color(style.color);
    lines.color = new Color(style.outlineColor);
    draw();
  }

  function resize(): void {
    const { width, height } = stage.getBoundingClientRect();
    const wanted = `${width} ${height} ${devicePixelRatio}`;
    if (width === 0 || height === 0 || wanted === size) return;
    size = wanted;
    renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    renderer.setSize(width, height, false);
    camera.aspect = width / height;
    camera.updateProjectionMatrix();
    draw();
  }

  function look(view: View): void {
    frame(VIEWS[view]);
  }

  function show(name: string, visible: boolean): void {
    if (visible) hidden.delete(name);
    else hidden.add(name);
    model?.traverse((each) => {
      if (each.name === name) each.visible = visible;
    });
    draw();
  }

  function frame(direction: Vector3): void {
    bound(camera, controls, bounds);
    controls.target.copy(bounds.center);
    camera.position.copy(bounds.center).addScaledVector(direction.clone().normalize(), fitting(camera, bounds.radius));
    framed = bounds.clone();
    placed = false;
    controls.update();
    draw();
  }

  function seenFrom(): Vector3 {
    const seen = camera.position.clone().sub(controls.target);
    return seen.lengthSq() === 0 ? VIEWS.corner : seen;
  }

  async function load(source: string | ArrayBuffer, wanted: () => boolean = () => true): Promise<void> {
    const loader = new GLTFLoader();
    const gltf = await (typeof source === "string" ? loader.loadAsync(source) : loader.parseAsync(source, ""));
    if (!wanted()) return;
    const next = dress(gltf.scene, surface, lines);
    const first = model === null;
    if (model) {
      pivot.remove(model);
      discard(model);
    }
    mark([], null);
    model = next;
    pivot.add(next);
    for (const name of hidden) show(name, false);
    lay(null);
    if (bounds.radius <= 0) throw new Error("the file holds no geometry");
    if (first) frame(VIEWS.corner);
    else stay();
    resize();
  }

  /** Keep the camera where it is; go nearer or farther only where nobody chose a place for it and the model left it. */
  function stay(): void {
    bound(camera, controls, bounds);
    const grown = bounds.radius / framed.radius;
    const away = bounds.center.distanceTo(framed.center) / framed.radius;
    if (!placed && (grown > MOST_GROWN || grown < LEAST_GROWN || away > MOST_AWAY)) frame(seenFrom());
    controls.update();
    draw();
  }

  function mark(marks: Mark[], chosen: Mark | null): void {
    marked.forEach(discardMarks);
    marked = model ? marks.map((each) => drawMark(each, model as Object3D, each === chosen)) : [];
    if (marked.length) pivot.add(...marked);
    draw();
  }

  function lookAt(mark: Mark): void {
    if (!model) return;
    pivot.updateMatrixWorld(true);
    const places = [mark.at, ...mark.points, ...mark.segments.flat()].map((place) => pivot.localToWorld(toScene(place)));
    const around = new Box3().setFromPoints(places).getBoundingSphere(new Sphere());
    const radius = Math.min(Math.max(around.radius * 1.6, bounds.radius * NEAREST_MARK), bounds.radius);
    const whole = (radius / bounds.radius - NEAREST_MARK) / (1 - NEAREST_MARK);
    const target = around.center.clone().lerp(bounds.center, whole);
    const direction = bestDirection(mark, model, pivot, seenFrom());
    travel(camera, controls, target, target.clone().addScaledVector(direction, fitting(camera, radius)));
    draw();
  }

  function lie(turn: Turn | null): void {
    lay(turn);
    frame(VIEWS.corner);
  }

  function lay(turn: Turn | null): void {
    const bodies = model?.children[0]?.children ?? [];
    for (const body of bodies) body.visible = turn ? bodies.length === 1 || body.userData.name === turn.body : !hidden.has(body.name);
    const [w, x, y, z] = turn?.quaternion ?? [1, 0, 0, 0];
    pivot.quaternion.copy(new Quaternion(x, z, -y, w));
    pivot.updateMatrixWorld(true);
    const seen = new Box3();
    for (const body of bodies.filter((each) => each.visible || !turn)) seen.expandByObject(body, true);
    bounds = seen.getBoundingSphere(new Sphere());
    bed?.removeFromParent();
    bed?.dispose();
    bed = turn ? bedUnder(seen, getComputedStyle(stage).accentColor) : null;
    if (bed) space.add(bed);
  }

  function project(place: Place): { x: number; y: number } | null {
    const at = pivot.localToWorld(toScene(place)).project(camera);
    const { width, height } = stage.getBoundingClientRect();
    return at.z > 1 ? null : { x: ((at.x + 1) / 2) * width, y: ((1 - at.y) / 2) * height };
  }

  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `${label}. Arrow keys turn it, plus and minus zoom, Home shows it from the corner again.`);
  canvas.addEventListener("keydown", (event) => {
    if (!handleKey(event.key, camera, controls, () => look("corner"))) return;
    placed = event.key !== "Home";
    event.preventDefault();
    draw();
  });
  stage.append(canvas);
  space.add(pivot);
  addLights(space, camera);
  controls.enableDamping = false;
  zoomByWheelInFocus(canvas, controls);
  controls.addEventListener("change", draw);
  controls.addEventListener("start", () => (placed = true));
  new ResizeObserver(resize).observe(stage);
  onThemeChange(recolour);
  recolour();
  resize();
  return { load, look, show, mark, lookAt, lie, project };
}

/** A bed of centimetres under what lies on it. */
function bedUnder(lying: Box3, colour: string): GridHelper {
  const size = lying.getSize(new Vector3());
  const cells = Math.min(2 * Math.ceil((Math.max(size.x, size.z) * 0.75) / BED_CELL_M) + 2, MOST_BED_CELLS);
  const bed = new GridHelper(cells * BED_CELL_M, cells, colour, colour);
  const middle = lying.getCenter(new Vector3());
  bed.position.set(middle.x, lying.min.y, middle.z);
  bed.material.transparent = true;
  bed.material.opacity = 0.5;
  return bed;
}
