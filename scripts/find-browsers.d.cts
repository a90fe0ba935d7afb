/** Types of find-browsers.cjs: each call answers a path, or undefined when the browser is not there. */
export function chromium(): string | undefined;
export function firefox(): string | undefined;
export function webkit(): { driver: string; browser: string } | undefined;
export function xvfb(): string | undefined;
