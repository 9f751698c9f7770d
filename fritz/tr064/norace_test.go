//go:build !race

package tr064

const racing = 1
