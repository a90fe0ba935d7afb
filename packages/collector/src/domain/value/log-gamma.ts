/**
 * The logarithm of the gamma function and its slope, which every purchase model is written in.
 */

/**
 * ln Γ(x) for x > 0, to about 1e-15 relative (absolute near its zeros at 1 and 2).
 *
 * Stirling's series (Abramowitz and Stegun 6.1.41) from 9 on, where seven terms leave less than 1e-16; below that the argument is raised
 * by Γ(x + 1) = x Γ(x). `lnGamma(5)` is ln 24.
 */
export function lnGamma(x: number): number {
  let raised = x;
  let product = 1;
  while (raised < 9) {
    product *= raised;
    raised += 1;
  }
  const u = 1 / (raised * raised);
  const series =
    1 / 12 - u * (1 / 360 - u * (1 / 1260 - u * (1 / 1680 - u * (1 / 1188 - u * (691 / 360_360 - u / 156)))));
  const value = (raised - 0.5) * Math.log(raised) - raised + HALF_LN_TWO_PI + series / raised;
  return value - Math.log(product);
}

const HALF_LN_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** The derivative of {@link lnGamma} for x > 0 (Abramowitz and Stegun 6.3.18 and 6.3.5). `digamma(1)` is -0.5772... */
export function digamma(x: number): number {
  let raised = x;
  let below = 0;
  while (raised < 9) {
    below += 1 / raised;
    raised += 1;
  }
  const u = 1 / (raised * raised);
  const series =
    1 / 12 - u * (1 / 120 - u * (1 / 252 - u * (1 / 240 - u * (1 / 132 - u * (691 / 32_760 - u / 12)))));
  return Math.log(raised) - 0.5 / raised - u * series - below;
}

/** ln B(a, b) = ln Γ(a) + ln Γ(b) - ln Γ(a + b), for a, b > 0. */
export function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}
