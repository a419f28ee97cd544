{{/* The configuration of nats-server. A template of its own, because the pods have its checksum: a change restarts the servers. */}}
{{- define "fleetlog.natsConfiguration" -}}
# As nats/cluster.conf and nats/single.conf.
server_name: $NATS_NAME
host: 0.0.0.0
port: 4222
http: 127.0.0.1:8222
pid_file: /run/nats/nats.pid
lame_duck_grace_period: 5s
lame_duck_duration: 30s
max_payload: 2MB
include "users.conf"
{{- if .Values.nats.tlsSecretName }}
tls { cert_file: /run/nats-tls/tls.crt, key_file: /run/nats-tls/tls.key, ca_file: /run/nats-tls/ca.crt }
{{- end }}
{{- if gt (int .Values.nats.replicas) 1 }}
ping_interval: "5s"
ping_max: 2
cluster {
  name: fleetlog
  host: 0.0.0.0
  port: 6222
  no_advertise: true
  authorization { user: cluster, password: $NATS_CLUSTER_PASSWORD }
  routes: [{{ range until (int .Values.nats.replicas) }}{{ if . }}, {{ end }}$NATS_ROUTE_{{ . }}{{ end }}]
  {{- if .Values.nats.tlsSecretName }}
  tls { cert_file: /run/nats-tls/tls.crt, key_file: /run/nats-tls/tls.key, ca_file: /run/nats-tls/ca.crt }
  {{- end }}
}
{{- end }}
jetstream {
  store_dir: /data/jetstream
  max_file_store: {{ .Values.nats.maxFileStore }}
  max_memory_store: 256MB
  sync_interval: always
}
{{- end -}}
