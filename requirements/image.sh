#!/bin/sh
# Builds the image of the Dockerfile of this folder by docker, podman or buildah, whichever works.
#
#   sh requirements/image.sh registry.example/churn:1.0
#
# Its labels name the commit (with -dirty where the files are not those of one), its version by tags,
# and the address of the repository. Without a name the image is called after folder and commit.
set -eu
fail() {
  echo "error: $1" >&2
  exit 1
}
[ -f models/bundle/bundle.json ] || fail "there is no models/bundle to serve: make repro, or dvc pull"
builder=
for each in docker podman buildah; do
  if command -v "$each" > /dev/null 2>&1 && "$each" info > /dev/null 2>&1; then
    builder=$each
    break
  fi
done
[ "$builder" ] || fail "no docker, podman or buildah works here (a client alone builds nothing): start \
one, or install one, as in: apt-get install buildah"
revision=$(git describe --always --abbrev=40 --exclude '*' --dirty)
version=$(git describe --always --tags --dirty)
# An address may hold a password.
source=$(git config --get remote.origin.url | sed 's,//[^/@]*@,//,' || true)
folder=$(basename "$PWD" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9\n' '-' | sed 's/^-*//; s/-*$//')
name=${1:-${folder:-service}:$(git rev-parse --short HEAD)}
# In the format of Docker the health check is kept; what is in it is the same.
set -- build --tag "$name" --build-arg "REVISION=$revision" --build-arg "VERSION=$version" \
  --build-arg "SOURCE=$source"
[ "$builder" = docker ] || set -- "$@" --format docker
"$builder" "$@" .
echo "built $name of commit $revision by $builder"
