/** Light or dark without a reload. The server keeps the choice in the same cookie for browsers without script. */
import { announce } from "./announce";

const COOKIE = "cofab_theme";
const ONE_YEAR_SECONDS = 31_536_000;

export type Theme = "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return system.matches ? "dark" : "light";
}

/** Call `changed` whenever the page turns light or dark, by the button or by the system. */
export function onThemeChange(changed: () => void): void {
  new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  system.addEventListener("change", changed);
}

export function themeToggle(): void {
  const form = document.querySelector<HTMLFormElement>("[data-theme-form]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const theme: Theme = currentTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    document.cookie = `${COOKIE}=${theme}; path=/; max-age=${ONE_YEAR_SECONDS}; samesite=lax`;
    announce(theme === "dark" ? "Dark colours" : "Light colours");
  });
}
