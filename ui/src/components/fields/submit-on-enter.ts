/**
 * Lets Enter in a field of this element submit the form around the element. Browsers do not submit a form on Enter in a
 * field of a nested shadow tree.
 */
export function submitOnEnter(element: HTMLElement): void {
  element.addEventListener("keydown", (event) => {
    const [field] = event.composedPath();
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    element.closest("form")?.requestSubmit();
  });
}
