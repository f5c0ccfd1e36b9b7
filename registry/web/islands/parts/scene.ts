/** One WebGL scene: a model on the page's own background, drawn only when something changed. */
import {
  AmbientLight,
  Box3,
  Color,
  DirectionalLight,
  EdgesGeometry,
  Group,
  HemisphereLight,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  Scene as ThreeScene,
  Sphere,
  Vector3,
  WebGLRenderer,
  type Object3D,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { toCreasedNormals } from "three/addons/utils/BufferGeometryUtils.js";
import { onThemeChange } from "./theme";

export type View = "corner" | "front" | "top" | "right";

/** Directions from which the model is seen. GLB is Y-up: the bed of a printer is the XZ plane. */
const VIEWS: Record<View, Vector3> = {
  corner: new Vector3(0.75, 0.62, 1),
  front: new Vector3(0, 0, 1),
  top: new Vector3(0, 1, 0.0001),
  right: new Vector3(1, 0, 0),
};
const FIELD_OF_VIEW_DEG = 30;
const ROOM_AROUND = 1.08;
const TURN_RAD = Math.PI / 24;
const ZOOM = 1.12;
/** Above this many triangles the lines along sharp edges would take longer than they are worth. */
const MOST_TRIANGLES_WITH_EDGES = 150_000;
const SHARP_EDGE_DEG = 25;

export interface Scene {
  load(address: string): Promise<void>;
  look(view: View): void;
  /** Whether the body of this name is drawn; also of models that are loaded later. */
  show(name: string, visible: boolean): void;
}

export function createScene(stage: HTMLElement, label: string): Scene {
  const renderer = new WebGLRenderer({ antialias: true, alpha: true });
  const canvas = renderer.domElement;
  const camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 0.001, 100);
  const controls = new OrbitControls(camera, canvas);
  const space = new ThreeScene();
  const surface = new MeshStandardMaterial({ roughness: 0.62, metalness: 0.05, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
  const lines = new LineBasicMaterial();
  const hidden = new Set<string>();
  let model: Object3D | null = null;
  let bounds = new Sphere(new Vector3(), 1);
  let queued = false;

  function draw(): void {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      renderer.render(space, camera);
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
    if (width === 0 || height === 0) return;
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
    const half = (FIELD_OF_VIEW_DEG * Math.PI) / 360;
    const narrow = Math.min(1, camera.aspect);
    const distance = (bounds.radius * ROOM_AROUND) / Math.sin(Math.atan(Math.tan(half) * narrow));
    camera.position.copy(bounds.center).addScaledVector(direction.clone().normalize(), distance);
    camera.near = distance / 100;
    camera.far = distance * 10;
    camera.updateProjectionMatrix();
    controls.target.copy(bounds.center);
    controls.minDistance = bounds.radius * 0.3;
    controls.maxDistance = distance * 4;
    controls.update();
    draw();
  }

  async function load(address: string): Promise<void> {
    const gltf = await new GLTFLoader().loadAsync(address);
    const next = dress(gltf.scene, surface, lines);
    const first = model === null;
    if (model) {
      space.remove(model);
      discard(model);
    }
    model = next;
    space.add(next);
    for (const name of hidden) show(name, false);
    bounds = new Box3().setFromObject(next).getBoundingSphere(new Sphere());
    if (bounds.radius <= 0) throw new Error("the file holds no geometry");
    const seen = camera.position.clone().sub(controls.target);
    frame(first || seen.lengthSq() === 0 ? VIEWS.corner : seen);
    resize();
  }

  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `${label}. Arrow keys turn it, plus and minus zoom, Home shows it from the corner again.`);
  canvas.addEventListener("keydown", (event) => {
    if (!handleKey(event.key, camera, controls, look)) return;
    event.preventDefault();
    draw();
  });
  stage.append(canvas);
  addLights(space, camera);
  controls.enableDamping = false;
  controls.addEventListener("change", draw);
  new ResizeObserver(resize).observe(stage);
  onThemeChange(recolour);
  recolour();
  resize();
  return { load, look, show };
}

function addLights(space: ThreeScene, camera: PerspectiveCamera): void {
  const key = new DirectionalLight(0xffffff, 2.1);
  key.position.set(1.2, 1.6, 0.6);
  const fill = new DirectionalLight(0xffffff, 0.7);
  fill.position.set(-1.5, 0.4, 0.5);
  camera.add(key, fill);
  space.add(camera, new HemisphereLight(0xffffff, 0xb9c4bd, 0.9), new AmbientLight(0xffffff, 0.25));
}

/** Draw the sharp edges of every mesh as a drawing would, and give the page's colour to those that have none. */
function dress(root: Object3D, surface: MeshStandardMaterial, lines: LineBasicMaterial): Object3D {
  const meshes: Mesh[] = [];
  root.traverse((each) => {
    if (each instanceof Mesh) meshes.push(each);
  });
  const triangles = meshes.reduce((sum, mesh) => sum + (mesh.geometry.index?.count ?? mesh.geometry.attributes.position?.count ?? 0) / 3, 0);
  for (const mesh of meshes) {
    if (!mesh.geometry.attributes.normal) mesh.geometry = toCreasedNormals(mesh.geometry, (SHARP_EDGE_DEG * Math.PI) / 180);
    mesh.material = ownSurface(mesh, surface);
    if (triangles < MOST_TRIANGLES_WITH_EDGES) mesh.add(new LineSegments(new EdgesGeometry(mesh.geometry, SHARP_EDGE_DEG), lines));
  }
  return new Group().add(root);
}

/** A body keeps the colour that tells it from the others; white means that nobody chose one. */
function ownSurface(mesh: Mesh, surface: MeshStandardMaterial): MeshStandardMaterial {
  const own = mesh.material;
  if (!(own instanceof MeshStandardMaterial) || own.color.getHex() === 0xffffff) return surface;
  const dressed = surface.clone();
  dressed.color = own.color;
  if (own.transparent) {
    dressed.transparent = true;
    dressed.opacity = own.opacity;
    dressed.depthWrite = false;
    dressed.polygonOffsetFactor = 2;
  }
  return dressed;
}

function discard(root: Object3D): void {
  root.traverse((each) => {
    if (each instanceof Mesh || each instanceof LineSegments) each.geometry.dispose();
  });
}

function handleKey(key: string, camera: PerspectiveCamera, controls: OrbitControls, look: (view: View) => void): boolean {
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
    look("corner");
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
