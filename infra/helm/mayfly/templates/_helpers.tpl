{{- define "mayfly.labels" -}}
app.kubernetes.io/name: mayfly
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "mayfly.selector" -}}
app.kubernetes.io/name: mayfly
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: coordinator
{{- end }}

{{- define "mayfly.properties" -}}
{{- $defaults := dict "group.id" .Release.Name "config.storage.topic" (printf "%s-configs" .Release.Name) "offset.storage.topic" (printf "%s-offsets" .Release.Name) "status.storage.topic" (printf "%s-status" .Release.Name) }}
{{- if eq (index .Values.worker "mayfly.launcher") "kubernetes" }}
{{- $_ := set $defaults "mayfly.launcher.kubernetes.image" (printf "%s:%s" .Values.executor.image (.Values.image.tag | default .Chart.AppVersion)) }}
{{- $_ := set $defaults "mayfly.launcher.kubernetes.service.account" (printf "%s-executor" .Release.Name) }}
{{- with .Values.executorSecret }}
{{- $_ := set $defaults "mayfly.launcher.kubernetes.kafka.secret" . }}
{{- end }}
{{- end }}
{{- range $key, $value := mergeOverwrite $defaults .Values.worker }}
{{ $key }}={{ $value }}
{{- end }}
{{- end }}

{{- define "mayfly.pod" -}}
metadata:
  labels:
    {{- include "mayfly.selector" . | nindent 4 }}
  annotations:
    checksum/worker: {{ include "mayfly.properties" . | sha256sum }}
spec:
  serviceAccountName: {{ .Release.Name }}-coordinator
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile: {type: RuntimeDefault}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq .Values.mode "schedule" }}
  restartPolicy: Never
  {{- else }}
  terminationGracePeriodSeconds: 30
  {{- end }}
  containers:
    - name: coordinator
      image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [coordinator, {{ if eq .Values.mode "schedule" }}--once, {{ end }}/etc/mayfly/worker.properties]
      {{- if or (ne .Values.mode "schedule") .Values.coordinator.env }}
      env:
        {{- if ne .Values.mode "schedule" }}
        # Standbys and clients reach the leader's REST API under the pod's own address.
        - name: CONNECT_REST_ADVERTISED_HOST_NAME
          valueFrom: {fieldRef: {fieldPath: status.podIP}}
        {{- end }}
        {{- with .Values.coordinator.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- with .Values.coordinatorSecret }}
      envFrom:
        - secretRef: {name: {{ . }}}
      {{- end }}
      {{- if ne .Values.mode "schedule" }}
      ports:
        - {name: rest, containerPort: 8083}
      startupProbe:
        httpGet: {path: /health, port: rest}
        periodSeconds: 2
        failureThreshold: 90
      readinessProbe:
        httpGet: {path: /health, port: rest}
        periodSeconds: 5
      # A coordinator that cannot reach its brokers is unhealthy, and no restart would help: only one that does not answer is ended.
      livenessProbe:
        tcpSocket: {port: rest}
        periodSeconds: 10
        failureThreshold: 6
      {{- end }}
      resources:
        {{- toYaml .Values.coordinator.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        - {name: worker, mountPath: /etc/mayfly, readOnly: true}
        - {name: tmp, mountPath: /tmp}
  {{- with .Values.coordinator.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.coordinator.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.coordinator.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumes:
    - name: worker
      configMap: {name: {{ .Release.Name }}-worker}
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
{{- end }}
