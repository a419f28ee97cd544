# Debian with systemd, as on a board: test/support/containers/board.ts builds it.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends systemd systemd-sysv openssh-server \
 && rm -rf /var/lib/apt/lists/*
# With /cut/at, the n-th call of `sync` is the moment of a power cut: the script that called it is killed, or, with /cut/hang,
# waits for the end of the machine. And the oldest Node that the agent supports, if it could be fetched.
COPY sync node* /usr/local/bin/
# Somebody who has a password.
RUN useradd --create-home --password '$6$salt$hash' technician && mkdir -p /etc/sudoers.d \
 && systemctl set-default multi-user.target
