/**
 * Reads a place in a JSON body by the paths of the operator's table: `a.b`, `a[0]`, `a[name=x].value`, nothing more.
 */

/** One step of a path. */
type Step =
  | { kind: "field"; name: string }
  | { kind: "place"; place: number }
  | { kind: "entry"; name: string; is: string };

const STEP = /\.?([A-Za-z_][\w-]*)|\[(\d{1,4})\]|\[([A-Za-z_][\w-]*)=([^\]]{1,100})\]/y;

/** The steps of a path; undefined when it is none. */
export function stepsOf(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const start = STEP.lastIndex;
    const found = STEP.exec(path);
    if (found === null) return undefined;
    const [whole, field, place, name, is] = found;
    // A dot stands between fields, not before the first one; without a bracket between them there must be one.
    if (field !== undefined && whole.startsWith(".") === (start === 0)) return undefined;
    if (field !== undefined) steps.push({ kind: "field", name: field });
    else if (place !== undefined) steps.push({ kind: "place", place: Number(place) });
    else steps.push({ kind: "entry", name: name!, is: is! });
  }
  return steps.length === 0 ? undefined : steps;
}

/** What lies at a path; undefined when nothing does, or the path is none. */
export function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const step of stepsOf(path) ?? [{ kind: "field", name: "" }]) {
    if (typeof value !== "object" || value === null) return undefined;
    if (step.kind === "entry") {
      value = Array.isArray(value)
        ? value.find((entry) => textOf(fieldOf(entry, step.name)) === step.is)
        : undefined;
    } else {
      value =
        step.kind === "place"
          ? Array.isArray(value)
            ? value[step.place]
            : undefined
          : fieldOf(value, step.name);
    }
  }
  return value;
}

/** The same as text; undefined for what is no text, number or yes/no. */
export const textAt = (body: unknown, path: string): string | undefined => textOf(valueAt(body, path));

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
