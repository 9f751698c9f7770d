package demo

import (
	"context"
	"errors"
	"time"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// player plays the day.
type player struct {
	*flags
	box        *fritztest.Box
	subscriber *subscriber
	gateway    *gateway.Gateway
	client     *mqtt.Client
	config     config.Config
}

// play plays the day, once or for ever. With --once each command waits until the
// subscriber has received what the one before it caused, so that no state is skipped on a
// busy machine.
func (p *player) play(ctx context.Context) error {
	// The phonebooks have to be read, so that the first call has a name, and the list of
	// PhoneBlock, so that spam is known at once.
	p.subscriber.waitUntil(ctx, func() bool { return p.subscriber.boxRead && p.subscriber.listRead })
	options := boxscript.RunOptions{Speed: p.speed, Language: p.language.String(), Say: p.say}
	if p.once {
		options.Done = func(r boxscript.Result) {
			p.subscriber.waitForLines(ctx, p.box)
			if isSpam(r) {
				p.subscriber.waitUntil(ctx, func() bool { return p.subscriber.listed })
			}
		}
	}
	runner := boxscript.NewRunner(p.box, options)
	for day := 0; ; day++ {
		scenes, err := boxscript.ScreenedDay(day)
		if err != nil {
			return err
		}
		p.order("auto_reject", "OFF")
		if err := runner.Run(ctx, scenes.Day); err != nil {
			return err
		}
		if err := p.turnAway(ctx, runner, scenes); err != nil {
			return err
		}
		if err := runner.Run(ctx, scenes.End); err != nil {
			return err
		}
		if p.once {
			return p.check(ctx, p.subscriber, scenes.Expectations(), p.gateway, p.config)
		}
	}
}

// turnAway plays the callers who are turned away, one by the verdict and one by a person.
func (p *player) turnAway(ctx context.Context, runner *boxscript.Runner, scenes *boxscript.Scenes) error {
	waiting, cancel := context.WithTimeout(ctx, messageTimeout)
	defer cancel()
	if err := p.box.Wait(waiting, func(s fritztest.State) bool { return len(s.SIP.Phones) > 0 }); err != nil {
		return cli.Fail(cli.ExitFailed, errors.New("callporter's phone does not register at the simulated box"), "run it with --verbose for the gateway's log")
	}
	p.order("auto_reject", "ON")
	p.subscriber.waitUntil(ctx, func() bool { return p.subscriber.rejecting })
	before := p.box.House().Rang
	if err := runner.Run(ctx, scenes.Spam); err != nil {
		return err
	}
	err := p.silent(ctx, before, p.language.Pick("The house is silent. Its phones have rung for %v.", "Das Haus ist still. Seine Telefone haben %v lang geklingelt."))
	if err != nil {
		return err
	}
	if err := runner.Run(ctx, scenes.Salesman); err != nil {
		return err
	}
	before = p.box.House().Rang
	p.order("reject", "PRESS")
	return p.silent(ctx, before, p.language.Pick("The house is silent, %v after the order.", "Das Haus ist still, %v nach dem Befehl."))
}

// silent waits until the latest call has been turned away and no phone of the house rings. Where the
// day is not played fast, it says for how long any has rung since before.
func (p *player) silent(ctx context.Context, before time.Duration, text string) error {
	p.subscriber.waitUntil(ctx, func() bool { return p.subscriber.last == "reject" })
	house := p.box.House()
	if !house.Silent() {
		return cli.Fail(cli.ExitFailed, errors.New("the house still rings"), "run it with --verbose for the gateway's log")
	}
	if !p.asJSON && !p.once { // a busy machine says little about time
		p.subscriber.printf("  "+text, (house.Rang - before).Round(time.Millisecond/10))
	}
	return nil
}

// order sends a command, as Home Assistant does when somebody presses a button.
func (p *player) order(name, payload string) {
	box := topic.Topics{Base: p.config.MQTT.BaseTopic}.Box(p.config.Boxes[0].ID)
	p.client.Emit(box.Command(name), []byte(payload), time.Now())
}

func (p *player) say(text string) {
	if !p.asJSON {
		p.subscriber.print("\n" + text)
	}
}
