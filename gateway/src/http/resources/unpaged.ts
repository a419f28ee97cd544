/** A list that is always answered whole, in the form of a page. */
export function unpaged<Item>(items: readonly Item[]): { items: Item[]; next: null; total: number } {
  return { items: [...items], next: null, total: items.length };
}
