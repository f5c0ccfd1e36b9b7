// Keeps the page current, unless somebody is writing or has moved the focus into it.
const part = document.getElementById("now");
const EVERY_MS = 2000;

async function refresh() {
  const busy = part.contains(document.activeElement) && document.activeElement !== document.body;
  if (!busy && !document.hidden) {
    try {
      const answer = await fetch("/now", { cache: "no-store" });
      const text = await answer.text();
      if (answer.ok && text !== part.dataset.shown) {
        part.innerHTML = text;
        part.dataset.shown = text;
      }
      part.removeAttribute("aria-busy");
    } catch {
      part.setAttribute("aria-busy", "true");
    }
  }
  setTimeout(refresh, EVERY_MS);
}

if (document.querySelector("h2")) setTimeout(refresh, EVERY_MS);
