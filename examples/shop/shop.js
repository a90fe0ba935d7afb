/**
 * What Kettle & Cup does in the browser: the cart, the checkout, and what it tells Sojourn about them.
 *
 * Everything about Sojourn goes through `tell`; newsletter and wish list are told by markup alone (data-sojourn).
 * The shop works the same when the tag is blocked or its collector is away.
 */
const CURRENCY = "EUR";

// Keeps what the shop says before the tag has loaded; the tag replays it.
window.sojourn ??= (...call) => {
  window.sojourn.q ??= [];
  window.sojourn.q.push(call);
};

/** Tells Sojourn one thing: `tell("track", "view_cart", fields)` is `sojourn.track("view_cart", fields)`. */
const tell = (...call) => window.sojourn(...call);

const find = (selector) => document.querySelector(selector);
const money = new Intl.NumberFormat("en-IE", { style: "currency", currency: CURRENCY });

// Money is kept in cents and travels as text, so that no sum is ever off by one.
const inCents = (price) => Math.round(Number(price) * 100);
const inEuros = (cents) => (cents / 100).toFixed(2);
const total = (lines) => lines.reduce((sum, line) => sum + line.cents * line.quantity, 0);
const asItem = ({ id, name, category, cents, quantity }) => ({
  id,
  name,
  category,
  price: inEuros(cents),
  quantity,
});
const asFields = (lines) => ({
  items: lines.map(asItem),
  value: inEuros(total(lines)),
  currency: CURRENCY,
});

/** A list kept in this browser under a name; an empty list when storage is off. */
const kept = (name) => ({
  read() {
    try {
      return JSON.parse(localStorage.getItem(name) ?? "null");
    } catch {
      return null; // Storage is switched off or holds something else: the shop goes on without.
    }
  },
  write(value) {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, JSON.stringify(value));
    } catch {
      // Storage is switched off: the cart lives as long as the page.
    }
  },
});
const cart = kept("kettle-cart");
const order = kept("kettle-order");
const lines = () => cart.read() ?? [];

function showCount() {
  find("[data-cart-count]").textContent = lines().reduce((sum, line) => sum + line.quantity, 0);
}

function say(near, sentence) {
  near.parentElement.querySelector(".said").textContent = sentence;
}

/** Shows either what a page has to say or that there is nothing. */
function showFilled(isFilled) {
  find("[data-empty]").hidden = isFilled;
  find("[data-filled]").hidden = !isFilled;
}

function showList() {
  tell("track", "view_item_list", { list: document.body.dataset.list });
}

function showProduct() {
  const { id, name, category, price } = find("[data-product]").dataset;
  const piece = { id, name, category, cents: inCents(price), quantity: 1 };
  tell("track", "view_item", asFields([piece]));
  const add = find("[data-add]");
  add.addEventListener("click", () => {
    const others = lines().filter((line) => line.id !== id);
    const same = lines().find((line) => line.id === id);
    cart.write([...others, { ...piece, quantity: (same?.quantity ?? 0) + 1 }]);
    tell("track", "add_to_cart", asFields([piece]));
    showCount();
    say(add.parentElement, `${name} is in your cart.`);
  });
  const wish = find("[data-wish]");
  wish.addEventListener("click", () => say(wish.parentElement, `We keep ${name} in mind for you.`));
}

function showCart() {
  const drawn = lines().map((line) => {
    const row = document.createElement("tr");
    const name = document.createElement("td");
    name.textContent = line.name;
    const quantity = document.createElement("td");
    quantity.textContent = line.quantity;
    const price = document.createElement("td");
    price.className = "number";
    price.textContent = money.format((line.cents * line.quantity) / 100);
    const remove = document.createElement("button");
    remove.className = "quiet";
    remove.type = "button";
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove ${line.name}`);
    remove.addEventListener("click", () => {
      cart.write(lines().filter((other) => other.id !== line.id));
      tell("track", "remove_from_cart", asFields([line]));
      showCart();
      showCount();
    });
    const last = document.createElement("td");
    last.append(remove);
    row.append(name, quantity, price, last);
    return row;
  });
  find("[data-lines]").replaceChildren(...drawn);
  find("[data-total]").textContent = money.format(total(lines()) / 100);
  showFilled(lines().length > 0);
}

function showCheckout() {
  showFilled(lines().length > 0);
  if (lines().length === 0) return;
  find("[data-total]").textContent = money.format(total(lines()) / 100);
  tell("track", "begin_checkout", asFields(lines()));
  const form = find("[data-checkout]");
  form.addEventListener("submit", () => {
    const number = `KC-${Date.now().toString(36).toUpperCase()}`;
    tell("identify", customerNumber(form.email.value));
    tell("track", "add_payment_info", asFields(lines()));
    order.write({ number, lines: lines() });
    form.order.value = number;
    form.amount.value = inEuros(total(lines()));
    // The form itself goes to the payment provider, on another host.
  });
}

/**
 * The customer number of an e-mail address. A real shop's server gives one at sign-in; this one has no server,
 * so the same address gives the same number (FNV-1a, 32 bits). The address itself is never told.
 */
function customerNumber(email) {
  let hash = 0x811c9dc5;
  for (const letter of email.trim().toLowerCase()) {
    hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
  }
  return `C-${hash.toString(36)}`;
}

function showThanks() {
  const paid = order.read();
  const isOurs = paid !== null && new URLSearchParams(location.search).get("order") === paid.number;
  showFilled(isOurs);
  if (!isOurs) return;
  find("[data-order]").textContent = paid.number;
  find("[data-total]").textContent = money.format(total(paid.lines) / 100);
  // Told again on every reload, as most shops do: an order counts once, by its number.
  tell("purchase", { order: paid.number, ...asFields(paid.lines) });
  cart.write(null);
  showCount();
}

const pages = {
  list: showList,
  product: showProduct,
  cart: () => {
    showCart();
    tell("track", "view_cart", asFields(lines()));
  },
  checkout: showCheckout,
  thanks: showThanks,
};

showCount();
pages[document.body.dataset.page]?.();
find("[data-letter]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  say(event.target.querySelector(".row"), "Thank you. The next letter leaves on Sunday.");
  event.target.reset();
});
