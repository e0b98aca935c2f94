# One image for worker, API and the one-shot commands. Written with care, never built or run so far: see the README.
FROM python:3.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/otklik
COPY requirements.lock /tmp/requirements.lock
RUN /opt/otklik/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.lock


FROM python:3.13-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin otklik \
    && install -d -o otklik -g otklik -m 0700 /var/lib/otklik /var/lib/otklik/files
COPY --from=build /opt/otklik /opt/otklik
WORKDIR /app
COPY *.py pyproject.toml README.md ./
COPY activities activities
COPY api api
COPY bench bench
COPY domain domain
COPY embedded embedded
COPY regulations regulations
COPY relay relay
COPY storage storage
COPY temporal temporal
COPY web web
COPY workflows workflows
RUN /opt/otklik/bin/pip install --no-deps --no-build-isolation --editable /app

ENV PATH=/opt/otklik/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    OTKLIK_API_HOST=0.0.0.0 \
    OTKLIK_API_PORT=8000 \
    OTKLIK_FILES_DIR=/var/lib/otklik/files
USER otklik
EXPOSE 8000
ENTRYPOINT ["otklik"]
CMD ["api"]
