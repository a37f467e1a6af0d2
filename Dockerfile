# The service of models/bundle, as `make image` builds it of what it lays down in build/image.
# A base is named by the digest of its index of platforms, so its tag is for readers only. To see what
# a tag is now: `docker buildx imagetools inspect NAME`. Dependabot proposes newer ones.
FROM python:3.13.15-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS build
WORKDIR /srv
COPY requirements.txt ./
COPY vendor/ vendor/
COPY models/ models/
COPY src/ src/
# Wheels only, each by its hash; then without what no service reads. Byte code is of what one imports.
RUN python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-cache-dir --no-deps \
      --no-compile --only-binary :all: --require-hashes --target packages -r requirements.txt \
    && PYTHONPATH=packages python3 -m truerun.release.trimming packages \
    && PYTHONPATH=packages python3 -c "import truerun.serve.settings, truerun.serve.supervisor" \
    && rm -rf requirements.txt vendor && chmod -R a+rX .

# Debian's Python 3.13 and the libraries that it needs: no shell, no package manager.
FROM gcr.io/distroless/python3-debian13:nonroot@sha256:83aa8d4f74a4d7f7cf2d472054139bef71a927b76c680c0f2e1021d6b1d6d732
ARG REVISION
ARG VERSION
ARG SOURCE
LABEL org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}"
# Time zones are those of the locked package tzdata, as where the model was made.
ENV PYTHONPATH=/srv/packages PYTHONTZPATH= PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv
COPY --from=build /srv/ /srv/
USER 65532:65532
# What is in the image can answer by the bundle that is in it.
RUN ["/usr/bin/python3", "-c", "from pathlib import Path; from truerun.serve.answering import Answerer; Answerer.load(Path('models/bundle'))"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["/usr/bin/python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
# It refuses to start without keys of clients: TRUERUN_API_KEYS, or a file that --keys names.
ENTRYPOINT ["/usr/bin/python3", "-m", "truerun.cli", "serve", "--host", "0.0.0.0"]
CMD ["--workers", "1"]
