/** The one script of every page: small conveniences, and islands loaded when an element asks for them. */
import { picturesWhenNear } from "./parts/later";
import { themeToggle } from "./parts/theme";

export type Mount = (element: HTMLElement) => void;

const islands: Record<string, () => Promise<{ mount: Mount }>> = {
  viewer: () => import("./parts/viewer"),
  difference: () => import("./parts/difference"),
  conflict: () => import("./parts/conflict"),
  awaits: () => import("./parts/awaits"),
  customizer: () => import("./parts/customizer"),
  live: () => import("./parts/live"),
  lineage: () => import("./parts/lineage"),
  matcher: () => import("./parts/matcher"),
  passkey: () => import("./parts/passkey"),
  submit: () => import("./parts/submit"),
};

function closeMenus(): void {
  const menus = document.querySelectorAll<HTMLDetailsElement>("details.menu");
  document.addEventListener("click", (event) => {
    for (const menu of menus) {
      if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus) {
      if (!menu.open) continue;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

async function mountAll(): Promise<void> {
  for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const load = islands[element.dataset.island ?? ""];
    if (load) (await load()).mount(element);
  }
}

themeToggle();
closeMenus();
picturesWhenNear();
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
document.querySelector<HTMLElement>("#problem, [aria-invalid=true]")?.focus();
void mountAll();
