#!/usr/bin/env -S node --max-semi-space-size=2
// The entry for every way to start: checks the Node before anything modern or native is loaded, then hands over.
// Requests live for milliseconds: with 2 MiB for what is short-lived, instead of V8's 16, the process stays 50 MiB smaller
// at the same rate. Whoever starts it by naming Node gives the option there (package.json, deploy/sojourn.service).
// Plain JavaScript of 2015, so that an old Node can read it.

const LEAST_NODE = 24;
const running = Number(process.versions.node.split(".")[0]);

if (running < LEAST_NODE) {
  console.error(
    `Sojourn needs Node ${LEAST_NODE} or newer and this is Node ${process.versions.node}; start it with "npx sojourn" or "npm start", which bring their own.`,
  );
  process.exit(1);
}

import("./start.js").catch((error) => {
  console.error(error);
  process.exit(1);
});
