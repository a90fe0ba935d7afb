# Sojourn in a container: one process, not root, nothing to write but /data.
#
#   docker build -t sojourn .
#   docker run -d --name sojourn -p 8080:8080 -v sojourn:/data --read-only --tmpfs /tmp \
#     --cap-drop ALL --security-opt no-new-privileges --memory 1g sojourn
#   docker logs sojourn            the one-time sign-in link of the first start
#   docker exec sojourn sojourn stages
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS manifests
WORKDIR /opt/sojourn
COPY package.json package-lock.json .npmrc ./
COPY packages/sdk/package.json packages/sdk/
COPY packages/collector/package.json packages/collector/
COPY packages/dashboard/package.json packages/dashboard/

FROM manifests AS build
# No install script is needed: the image has the right Node, and the store's driver ships its binaries.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.cjs scripts/
COPY packages packages
RUN npm run build && rm -rf packages/*/test packages/*/bench

FROM manifests AS dependencies
RUN npm ci --ignore-scripts --omit=dev

FROM node:${NODE_VERSION}-bookworm-slim
LABEL org.opencontainers.image.title="Sojourn" \
      org.opencontainers.image.description="Customer-lifecycle tracking a site owner can really run." \
      org.opencontainers.image.licenses="MIT"
WORKDIR /opt/sojourn
COPY --from=dependencies /opt/sojourn ./
COPY --from=build /opt/sojourn/packages packages
COPY examples examples
COPY LICENSE README.md ./
# Numbers rather than names, so that an orchestrator can see that this is not root.
RUN install -d -o 10001 -g 10001 -m 0700 /data \
    && chmod 0755 packages/collector/bin/sojourn.js \
    && ln -s /opt/sojourn/packages/collector/bin/sojourn.js /usr/local/bin/sojourn
USER 10001:10001
# What Node made of the program is kept in the volume: /tmp is new in every container, and a start without it takes twice as long.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/data/.compiled \
    HOME=/data \
    SOJOURN_DATA=/data \
    SOJOURN_HOST=0.0.0.0 \
    SOJOURN_PORT=8080 \
    SQLITE_TMPDIR=/data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SOJOURN_PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Found on the PATH as /usr/local/bin/sojourn, so that `docker exec sojourn sojourn stages` is the same program.
ENTRYPOINT ["sojourn"]
CMD ["serve"]
