const FIELDS = "input:not([type=hidden], :disabled), select:not(:disabled), textarea:not(:disabled)";

/** What to focus in new content: what has `autofocus`, else the first visible field, in shadow trees too. */
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
