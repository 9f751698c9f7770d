package online_test

import (
	"testing"

	"github.com/callporter/callporter/screening/online"
)

// BenchmarkCached is what a cached answer costs a ring.
func BenchmarkCached(b *testing.B) {
	cache := online.OpenCache(online.CacheOptions{})
	defer cache.Close()
	r := online.NewResolver(online.ResolverOptions[report]{Name: "reports", Ask: (&source{answer: knows}).ask, Cache: cache})
	if _, err := r.Resolve(b.Context(), caller); err != nil {
		b.Fatal(err)
	}
	b.Run("hit", func(b *testing.B) {
		for b.Loop() {
			r.Cached(caller)
		}
	})
	b.Run("none", func(b *testing.B) {
		other := number(1)
		for b.Loop() {
			r.Cached(other)
		}
	})
}
