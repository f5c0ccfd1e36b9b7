/** Pictures far down a page, fetched when somebody comes near: browsers by themselves fetch those of several screens. */
const NEAR = "200px";

export function picturesWhenNear(): void {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || !(target instanceof HTMLImageElement)) continue;
        observer.unobserve(target);
        target.src = target.dataset.later ?? "";
      }
    },
    { rootMargin: NEAR },
  );
  for (const image of document.querySelectorAll("img[data-later]")) observer.observe(image);
}
