# The service of models/bundle, as `make image` builds it: docs/deploy.md goes the whole way.
# A base is named by the digest of its index of platforms, so its tag is for readers only. To see what
# a tag is now: `docker buildx imagetools inspect NAME`. Dependabot proposes newer ones.
FROM python:3.13.15-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS build
WORKDIR /srv
COPY requirements/image.txt requirements/image-libraries.txt requirements/
COPY build/image/truerun.txt requirements/
COPY build/image/vendor/ vendor/
COPY models/bundle/ models/bundle/
# A bundle that names no library it needs is scored by NumPy alone. Wheels only, each by its hash.
RUN if grep -q '"needs": \[\]' models/bundle/bundle.json; then : > requirements/image-libraries.txt; fi \
    && python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-cache-dir --no-deps \
      --only-binary :all: --require-hashes --target packages -r requirements/truerun.txt \
      -r requirements/image.txt -r requirements/image-libraries.txt
# What is there for tests, for compilers, and for other services than this one.
RUN rm -rf packages/bin packages/*/tests packages/pyarrow/include packages/pyarrow/libarrow_fl* \
      packages/pyarrow/libarrow_s3* requirements vendor \
    && chmod -R a+rX .

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
