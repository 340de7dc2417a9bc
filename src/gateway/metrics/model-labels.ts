import type { Catalog } from "../../catalog/catalog.ts";

/** Stands for what may not become a label of its own. */
export const OTHER = "other";

const MOST_LABELS = 300;
const MOST_REMEMBERED = 2_000;

/**
 * The label of a model: its name in the catalogue, whatever spelling came in; "other" for all that the catalogue does not
 * know, and beyond 300 different ones (a dated form of a name is known by its shape, so there is no end of them).
 */
export function openModelLabels(catalog: Pick<Catalog, "find">): (model: string) => string {
  const labels = new Set<string>();
  const remembered = new Map<string, string>();
  return (model) => {
    const known = remembered.get(model);
    if (known !== undefined) return known;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    const name = nameOf(catalog, model);
    const label = labels.has(name) || labels.size < MOST_LABELS ? name : OTHER;
    if (label !== OTHER) labels.add(label);
    remembered.set(model, label);
    return label;
  };
}

function nameOf(catalog: Pick<Catalog, "find">, model: string): string {
  if (model.length > 200) return OTHER;
  const id = catalog.find(model)?.id;
  // A provider in front makes the catalogue take any name; one that it really knows, it knows without.
  return id !== undefined && catalog.find(id)?.id === id ? id : OTHER;
}
