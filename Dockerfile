# Sluis as a container image.
#
#   docker build -t sluis .
#   docker run -d --name sluis --read-only --tmpfs /var/cache/sluis:uid=1000 --cap-drop ALL \
#     -v /etc/sluis:/etc/sluis:ro -p 10.0.0.53:53:53/udp -p 10.0.0.53:53:53/tcp sluis
#
# Lists from servers, the audit log and what is learnt want a place to be kept:
#
#     -v sluis-state:/var/lib/sluis -e STATE_DIRECTORY=/var/lib/sluis
#
# Without a volume for /etc/sluis it blocks TikTok for clients on its own loopback and refuses all others: /etc/sluis/sluis.yaml says
# who is served. A published port may hide the clients' addresses (docker-proxy, IPv6 to an IPv4 container): groups by
# subnet then need "--network host", or a network whose addresses clients reach.

FROM node:24-bookworm-slim AS packages
WORKDIR /opt/sluis
COPY package.json package-lock.json ./
# Not "--omit=optional": koffi's binary is an optional dependency of koffi, and without it its install script wants
# CMake and a compiler. Instead no script runs (the binary needs none), and what the image has already or does not run
# is taken out again: the bundled Node and the formatter.
RUN npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/node-linux-* node_modules/.bin/node node_modules/@biomejs \
 && node -e "require('koffi')"

FROM node:24-bookworm-slim AS program
WORKDIR /opt/sluis
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
RUN npm ci --ignore-scripts
COPY src src
RUN npm run build

FROM node:24-bookworm-slim
WORKDIR /opt/sluis
COPY --from=packages /opt/sluis/node_modules node_modules
# JavaScript: where nothing is kept between two starts, stripping types at each would take 50 MB (docs/decisions/0005-resident-memory.md).
COPY --from=program /opt/sluis/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY blocklists blocklists
COPY config config
RUN install -D -m 644 config/sluis.yaml /etc/sluis/sluis.yaml \
 && install -d -o node -g node /var/cache/sluis /var/lib/sluis
# Every plain option has a variable, which comes over the file; the admin address stays on loopback.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/var/cache/sluis \
    SLUIS_CONFIG=/etc/sluis/sluis.yaml \
    SLUIS_LISTEN_DNS=0.0.0.0:53
VOLUME ["/etc/sluis"]
# Docker lets every user of a container bind ports below 1024; an engine that does not needs
# "--sysctl net.ipv4.ip_unprivileged_port_start=53".
USER node
EXPOSE 53/udp 53/tcp 8053/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8053/healthz').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/sluis/bin/sluis"]
CMD ["serve"]
