#!/usr/bin/env node
// The entry for every way to start: checks the Node before anything modern or native is loaded, then hands over.
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
