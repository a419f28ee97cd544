{{/* A port, or off. YAML reads off without quotes as false. */}}
{{- define "fleetlog.portOrOff" -}}
{{ ternary "off" (. | toString) (has (. | toString) (list "off" "false")) }}
{{- end -}}

{{/* The open ports of a gateway: a YAML list of {name, port, service}. */}}
{{- define "fleetlog.gatewayPorts" -}}
{{- $ports := .Values.gateway.ports -}}
{{- if ne (include "fleetlog.portOrOff" $ports.http) "off" }}
- { name: http, port: {{ $ports.http }}, service: web }
{{- end }}
{{- if ne (include "fleetlog.portOrOff" $ports.mqtt) "off" }}
- { name: mqtt, port: {{ $ports.mqtt }}, service: devices }
{{- end }}
{{- if include "fleetlog.hasTls" . }}
- { name: https, port: {{ $ports.https }}, service: web }
- { name: mqtts, port: {{ $ports.mqtts }}, service: devices }
{{- end }}
{{- if int $ports.edgebind }}
- { name: edgebind, port: {{ $ports.edgebind }}, service: devices }
{{- end }}
{{- if int $ports.libpyiotcloud }}
- { name: libpyiotcloud, port: {{ $ports.libpyiotcloud }}, service: web }
{{- end }}
{{- if int $ports.tpedm }}
- { name: tpedm, port: {{ $ports.tpedm }}, service: web }
{{- end }}
{{- end -}}
