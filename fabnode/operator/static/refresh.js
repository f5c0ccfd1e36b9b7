// Keeps the list of machines current, unless somebody is at one of its fields or buttons.
const part = document.getElementById("now");
const EVERY_MS = 2000;

async function refresh() {
  const held = document.activeElement;
  const busy = part.contains(held) && /^(INPUT|SELECT|BUTTON|SUMMARY|TEXTAREA)$/.test(held.tagName);
  if (!busy && !document.hidden) {
    try {
      const answer = await fetch("/now" + location.search, { cache: "no-store" });
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

if (document.getElementById("machines")) setTimeout(refresh, EVERY_MS);
