# codemod with semgrep and git, for a gate in CI:
#   docker run --rm -v "$PWD:/work" IMAGE check
FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY . /source
RUN pip install --no-cache-dir --constraint /source/constraints.txt "/source[semgrep,otel]" && rm -rf /source
RUN useradd --create-home codemod
USER codemod
WORKDIR /work
ENTRYPOINT ["codemod"]
