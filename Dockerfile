# The same steps as `make demo`, in a container: docker build -t denialdesk:local .
FROM debian:12-slim
WORKDIR /opt/denialdesk
# Certificates alone, as they are today: a version would be gone from Debian's servers in weeks.
# hadolint ignore=DL3008
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates && \
    rm -rf /var/lib/apt/lists/*
COPY scripts/setup scripts/
COPY requirements.txt pyproject.toml README.md ./
COPY models models
COPY knowledge knowledge
COPY extractors extractors
COPY letters letters
COPY pipeline pipeline
COPY review review
RUN scripts/setup && rm -rf /var/lib/apt/lists/* /root/.cache
# Letters and cases lie in volumes; nobody here is root. By number, so that a host can tell, too.
RUN groupadd --gid 10001 desk && \
    useradd --uid 10001 --gid 10001 --create-home --home-dir /home/desk desk && \
    install -d -o desk -g desk -m 0700 /home/desk /data
USER 10001:10001
ENV PATH=/opt/denialdesk/.venv/bin:$PATH DENIALDESK_HOME=/home/desk
EXPOSE 8450
HEALTHCHECK --start-period=60s CMD ["python", "-c", \
  "import urllib.request as ask; ask.urlopen('http://127.0.0.1:9109/healthz', timeout=5)"]
CMD ["denialdesk", "serve", "--host", "0.0.0.0"]
