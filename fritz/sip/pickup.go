package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/callporter/callporter/fritz/sip/media"
)

// Errors of a call that was answered.
var (
	errNoACK     = errors.New("the box has not acknowledged our answer")
	errNoRefresh = errors.New("the box has not refreshed the session")
)

// talkLimit is how long a call lasts at most when the answer names no limit.
const talkLimit = 2 * time.Minute

// pickUp answers with 200, says what is to be said, and hangs up.
func (l *leg) pickUp(a Answer) (r Result) {
	voice, err := l.openVoice()
	var sdp []byte
	if err == nil {
		defer voice.Close()
		sdp = voice.SDP()
	} else { // a 200 without SDP ends the call as well
		l.calls.o.Log.Warn("an answered call has no voice", "error", err)
	}
	l.mu.Lock()
	l.voice = voice
	acks := l.await(l.id.seq)
	res := l.ok(l.req, sdp)
	l.mu.Unlock()
	if err := l.respond(phaseAnswered, res); err != nil {
		return Result{Err: err}
	}
	r.Status, r.Took = 200, time.Since(l.received)
	var body []byte
	if body, r.Acknowledged = l.awaitACK(res, l.tx, acks); r.Acknowledged {
		if offerOf(l.req) == nil {
			l.heard(body)
		}
		l.calls.safely(a.Taken)
	}
	if r.Acknowledged && a.Method == Announce && a.Talk != nil && voice != nil {
		var wait func()
		wait, r.Err = l.talk(a, voice)
		defer wait()
	}
	l.hangUp(&r)
	if r.Err == nil && !r.Acknowledged && !r.ByeFromBox {
		r.Err = errNoACK
	}
	r.Talked = time.Since(l.received) - r.Took
	return r
}

// awaitACK waits for the ACK of a 200, and sends the 200 again after 0.5, 1, 2, 4 s (RFC 3261
// 13.3.1.4). The library would do so after 0.5, 4, 4 s, and for 33 s.
func (l *leg) awaitACK(res *sip.Response, tx sip.ServerTransaction, acks <-chan []byte) (body []byte, ok bool) {
	late := time.NewTimer(l.calls.o.Timing.NoACK)
	defer late.Stop()
	interval := sip.T1
	again := time.NewTimer(interval)
	defer again.Stop()
	for {
		select {
		case body := <-acks:
			return body, true
		case <-tx.Acks(): // it has the branch of the INVITE, and counts already
		case <-again.C:
			if err := tx.Respond(res); err != nil {
				return nil, false
			}
			interval = min(2*interval, sip.T2)
			again.Reset(interval)
		case <-l.hungUp:
			return nil, false
		case <-late.C:
			return nil, false
		case <-l.calls.closed.Done():
			return nil, false
		}
	}
}

// talk lets the caller be spoken with until all is said, the time is up or the call ends. wait
// returns when Talk has.
func (l *leg) talk(a Answer, voice *media.Session) (wait func(), err error) {
	limit := a.Limit
	if limit <= 0 {
		limit = talkLimit
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	voice.Start()
	said := make(chan struct{})
	wait = func() { voice.Close(); <-said }
	go func() {
		defer close(said)
		l.calls.safely(func() { a.Talk(ctx, voice) })
	}()
	missed := time.NewTimer(limit)
	defer missed.Stop()
	for {
		if after := l.refreshWithin(); after > 0 {
			missed.Reset(after)
		} else {
			missed.Stop()
		}
		select {
		case <-l.refreshed:
			continue
		case <-missed.C:
			err = errNoRefresh
		case <-said:
		case <-ctx.Done():
		case <-l.hungUp:
		case <-l.calls.stopping:
		}
		return wait, err
	}
}

// refreshWithin is after which time a session without a refresh ends; 0 = never.
func (l *leg) refreshWithin() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session.deadline()
}

// hangUp sends BYE, which the transaction repeats for 64·T1 until it is answered, unless the box
// has sent one.
func (l *leg) hangUp(r *Result) {
	l.mu.Lock()
	if r.ByeFromBox = l.phase == phaseEnded; r.ByeFromBox {
		l.mu.Unlock()
		return
	}
	l.phase = phaseEnded
	req := l.request(sip.BYE)
	l.mu.Unlock()
	var err error
	if r.Bye, err = l.calls.request(req); err != nil && r.Err == nil {
		r.Err = err
	}
}

// request sends a request and waits for its final response.
func (c *calls) request(req *sip.Request) (status int, err error) {
	ctx, cancel := context.WithTimeout(c.closed, 64*sip.T1)
	defer cancel()
	e := c.o.Endpoint()
	if e == nil {
		return 0, fmt.Errorf("send %s: %w", req.Method, net.ErrClosed)
	}
	tx, err := e.client.TransactionRequest(ctx, req)
	if err != nil {
		return 0, fmt.Errorf("send %s: %w", req.Method, err)
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res.StatusCode, nil
			}
			continue
		case <-tx.Done():
			err = tx.Err()
		case <-ctx.Done():
			err = ctx.Err()
		}
		return 0, fmt.Errorf("await the answer to %s: %w", req.Method, err)
	}
}
