const FIELDS = "input:not([type=hidden], :disabled), select:not(:disabled), textarea:not(:disabled)";

/** The first element with `autofocus`, otherwise the first visible field, also in shadow trees. */
export function fieldToFocus(root: Element): HTMLElement | undefined {
  const elements = [...descendants(root)];
  return elements.find((one) => one.hasAttribute("autofocus")) ?? elements.find((one) => one.matches(FIELDS));
}

function* descendants(root: Element | ShadowRoot): Generator<HTMLElement> {
  for (const child of root.children) {
    if (!(child instanceof HTMLElement) || child.checkVisibility?.() === false) continue;
    yield child;
    if (child.shadowRoot) yield* descendants(child.shadowRoot);
    yield* descendants(child);
  }
}
