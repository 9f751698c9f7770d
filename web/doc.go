// Package web serves callporter by HTTP: for now what watches it.
//
//	GET /healthz   200 while the loops of the program answer, else 503
//	GET /readyz    200 while it does its work, else 503 with the reasons
//	GET /metrics   Prometheus text format
//
// The two probes are those of Kubernetes, which Docker's health check and systemd
// units use as well: a program that is not healthy is restarted, one that is not
// ready is left alone. A FRITZ!Box that is switched off is therefore no reason to
// be unhealthy. Both answer JSON:
//
//	{"status":"ok","version":"1.0.0","checks":[{"name":"broker","ok":true,"reason":""}]}
//
// The server has no password. It listens on this computer only unless told
// otherwise, and there it refuses requests whose Host header names anything but
// this computer: a page in the user's browser could otherwise point its own name
// to 127.0.0.1 and read along (DNS rebinding).
//
// Sources: the probes' meaning, kubernetes.io "Configure Liveness, Readiness and
// Startup Probes"; metrics, prometheus.io "Exposition formats"; RFC 9110.
package web
