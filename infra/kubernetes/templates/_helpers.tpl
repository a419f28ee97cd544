{{/* Names of pods are names of gateways, projectors and historians: at most 64 characters, without dots. */}}
{{- define "fleetlog.name" -}}
{{- $name := .Values.nameOverride | default (ternary .Release.Name (printf "%s-fleetlog" .Release.Name) (contains "fleetlog" .Release.Name)) -}}
{{- $name | replace "." "-" | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "fleetlog.selector" -}}
app.kubernetes.io/name: fleetlog
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "fleetlog.labels" -}}
{{ include "fleetlog.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "fleetlog.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "fleetlog.secret" -}}
{{ .Values.secrets.existingSecret | default (printf "%s-secrets" (include "fleetlog.name" .)) }}
{{- end -}}

{{- define "fleetlog.hasTls" -}}
{{- if ne .Values.tls.mode "off" }}true{{ end -}}
{{- end -}}

{{- define "fleetlog.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "fleetlog.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Placement: replicas on different nodes where that is possible. */}}
{{- define "fleetlog.placement" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "fleetlog.selector" . | nindent 8 }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "fleetlog.fromSecret" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ include "fleetlog.secret" .root }}, key: {{ .key | default .name }} } }
{{- end -}}

{{/* Servers of the chart's own NATS, one by one, so that a client knows all. */}}
{{- define "fleetlog.natsUrl" -}}
{{- if .Values.nats.enabled -}}
{{- $name := include "fleetlog.name" . -}}
{{- $urls := list -}}
{{- $scheme := ternary "tls" "nats" (not (empty .Values.nats.tlsSecretName)) -}}
{{- range $i := until (int .Values.nats.replicas) -}}
{{- $urls = append $urls (printf "%s://%s-nats-%d.%s-nats:4222" $scheme $name $i $name) -}}
{{- end -}}
{{- join "," $urls -}}
{{- else -}}
{{- required "nats.external.url is needed where nats.enabled is false" .Values.nats.external.url -}}
{{- end -}}
{{- end -}}

{{- define "fleetlog.natsCaSecret" -}}
{{- if .Values.nats.enabled }}{{ .Values.nats.tlsSecretName }}{{ else }}{{ .Values.nats.external.caSecretName }}{{ end -}}
{{- end -}}

{{/* The environment of every process: NATS, the process's own user, and settings. */}}
{{- define "fleetlog.environment" -}}
{{- $root := .root -}}
- name: FLEETLOG_NATS_URL
  value: {{ include "fleetlog.natsUrl" $root | quote }}
- name: FLEETLOG_NATS_USER
  value: {{ .component }}
{{ include "fleetlog.fromSecret" (dict "root" $root "name" "FLEETLOG_NATS_PASSWORD" "key" (printf "NATS_%s_PASSWORD" (upper .component))) }}
{{- if $root.Values.nats.enabled }}
- name: FLEETLOG_NATS_SYNC
  value: always
{{- else if $root.Values.nats.external.sync }}
- name: FLEETLOG_NATS_SYNC
  value: {{ $root.Values.nats.external.sync | quote }}
{{- end }}
- name: FLEETLOG_REPLICAS
  value: {{ ternary (ternary 3 1 (ge (int $root.Values.nats.replicas) 3)) (int $root.Values.nats.external.replicas) $root.Values.nats.enabled | quote }}
{{- if include "fleetlog.natsCaSecret" $root }}
- name: FLEETLOG_NATS_CA
  value: /run/nats-ca/ca.crt
{{- end }}
- name: FLEETLOG_STOP_TIMEOUT
  value: {{ printf "%ds" (int (.values.drainSeconds | default 10)) | quote }}
{{- with $root.Values.publicUrl }}
- name: FLEETLOG_PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- range $name, $value := merge (dict) .values.settings $root.Values.settings }}
{{- if not (hasPrefix "FLEETLOG_" $name) }}{{ fail (printf "settings: %s is no setting of Fleetlog" $name) }}{{ end }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- with .values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* TLS settings, for gateways and historians. */}}
{{- define "fleetlog.tlsEnvironment" -}}
{{- if eq .Values.tls.mode "auto" }}
- name: FLEETLOG_TLS
  value: auto
{{- else if eq .Values.tls.mode "secret" }}
- name: FLEETLOG_TLS_CERT
  value: /run/tls/tls.crt
- name: FLEETLOG_TLS_KEY
  value: /run/tls/tls.key
{{- end }}
{{- end -}}

{{- define "fleetlog.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
{{- if include "fleetlog.natsCaSecret" .root }}
- { name: nats-ca, mountPath: /run/nats-ca, readOnly: true }
{{- end }}
{{- if and .tls (eq .root.Values.tls.mode "secret") }}
- { name: tls, mountPath: /run/tls, readOnly: true }
{{- end }}
{{- end -}}

{{/* Keys are readable by the group of fsGroup only: processes refuse a key that all can read. */}}
{{- define "fleetlog.volumes" -}}
- name: tmp
  emptyDir: {}
{{- with include "fleetlog.natsCaSecret" .root }}
- name: nats-ca
  secret: { secretName: {{ . }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- if and .tls (eq .root.Values.tls.mode "secret") }}
- name: tls
  secret: { secretName: {{ required "tls.secretName is needed where tls.mode is secret" .root.Values.tls.secretName }}, defaultMode: 0440 }
{{- end }}
{{- end -}}

{{- define "fleetlog.claim" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .className }}
    storageClassName: {{ . }}
    {{- end }}
    resources: { requests: { storage: {{ .size }} } }
{{- end -}}

{{- define "fleetlog.podName" -}}
valueFrom: { fieldRef: { fieldPath: metadata.name } }
{{- end -}}
