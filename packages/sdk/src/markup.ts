/**
 * Records what the page's own markup asks for: `data-sojourn="add_to_cart" data-sojourn-value="12.50"`.
 *
 * Forms record when they are submitted, everything else when it is clicked. Only listens; never stops an event.
 */
import { record } from "./record.ts";
import { log } from "./settings.ts";

/** Everything after `data-sojourn-` is a field; `items`, `props` and other lists and records are JSON. */
export const markup = (): void => {
  for (const type of ["click", "submit"])
    addEventListener(
      type,
      ({ target }) => {
        try {
          const element = (target as Element).closest<HTMLElement>("[data-sojourn]");
          if (!element || (element.tagName === "FORM") !== (type === "submit")) return;
          const fields: Record<string, unknown> = {};
          for (const { name, value } of element.attributes) {
            const field = name.split("data-sojourn-")[1];
            if (field)
              fields[field] = /^[[{]/.test(value)
                ? JSON.parse(value)
                : /rating|score/.test(field)
                  ? +value
                  : value;
          }
          record(element.dataset.sojourn as string, fields);
        } catch (reason) {
          log(reason);
        }
      },
      true,
    );
};
