/**
 * The payment page of an invented provider: shows what the shop asked for and sends the buyer back.
 */
const asked = new URLSearchParams(location.search);
const order = asked.get("order") ?? "";
document.querySelector("[data-order]").textContent = order;
document.querySelector("[data-amount]").textContent = new Intl.NumberFormat("en-IE", {
  style: "currency",
  currency: "EUR",
}).format(Number(asked.get("amount") ?? 0));
document.querySelector("input[name=order]").value = order;
