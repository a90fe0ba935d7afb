/**
 * Records what the page's own markup asks for: `data-sojourn="add_to_cart" data-sojourn-value="12.50"`.
 *
 * Forms record when they are submitted, everything else when it is clicked. Only listens; never stops an event.
 */
import type { Extra } from "./surface.ts";

const FIELD =
  /^(value|currency|order|tax|shipping|coupon|list|query|rating|referral|survey|score|customer|email|title)$/;
const ITEM_FIELD = /^(id|name|brand|category|variant|price|quantity)$/;
const NUMBER = /^(rating|score|quantity)$/;

/** Fields of an item (`data-sojourn-id`, `-price`, ...) make one item, `-items` takes JSON; unknown names become props. */
export const markup: Extra = (record, log) => {
  const listen = (type: "click" | "submit") =>
    addEventListener(
      type,
      ({ target }) => {
        try {
          const element = (target as Element).closest<HTMLElement>("[data-sojourn]");
          if (!element || (element.tagName === "FORM") !== (type === "submit")) return;
          const item: Record<string, unknown> = {};
          const props: Record<string, unknown> = {};
          const fields: Record<string, unknown> = {};
          for (const { name, value } of element.attributes) {
            const key = /^data-sojourn-(.+)/.exec(name)?.[1];
            if (key === "items") fields[key] = JSON.parse(value);
            else if (key) {
              const place = FIELD.test(key) ? fields : ITEM_FIELD.test(key) ? item : props;
              place[key] = NUMBER.test(key) ? Number(value) : value;
              if (place === item) fields.items = [item];
              if (place === props) fields.props = props;
            }
          }
          record(element.dataset.sojourn as string, fields);
        } catch (reason) {
          log("markup not understood", reason);
        }
      },
      { capture: true, passive: true },
    );
  listen("click");
  listen("submit");
};
