{{- define "leat.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "leat.labels" -}}
app.kubernetes.io/name: leat
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "leat.selector" -}}
app.kubernetes.io/name: leat
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "leat.pullSecrets" -}}
{{- with .Values.image.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ .name }}{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Arguments by which the pods of datasets are made. */ -}}
{{- define "leat.podArguments" -}}
- --image={{ include "leat.image" . }}
- --image-pull-policy={{ .Values.image.pullPolicy }}
- --mount-root={{ .Values.runtime.mountRoot }}
- --memory={{ .Values.daemons.memory }}
- --mount-cache={{ .Values.daemons.mountCache }}
{{- if .Values.runtime.criticalFusePod }}
- --priority-class=system-node-critical
{{- end }}
{{- range .Values.image.imagePullSecrets }}
- --image-pull-secret={{ if kindIs "string" . }}{{ . }}{{ else }}{{ .name }}{{ end }}
{{- end }}
{{- range .Values.hostAliases }}
- --host-alias={{ .ip }}={{ join "," .hostnames }}
{{- end }}
{{- if .Values.caBundle }}
- --ca-bundle=/etc/leat/ca/ca-bundle.crt
{{- end }}
- --log-format=json
{{- end }}

{{- /* A pod that needs nothing but the network. */ -}}
{{- define "leat.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "leat.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
