# nats-server where its own image can't be pulled; infra/src/containers/nats-image.ts builds it. The context is a folder with
# the program, and the base image has a `wget` for the health check of compose.yaml.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY nats-server /usr/local/bin/nats-server
EXPOSE 4222 6222 8222
ENTRYPOINT ["nats-server"]
