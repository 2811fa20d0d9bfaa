package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
)

// homeVariable names the environment variable behind --home.
const homeVariable = "RIVIERA_HOME"

// homeFlags adds --home, and --api for an institution whose node answers elsewhere than
// its configuration says.
func (a *app) homeFlags(c *cobra.Command) {
	c.Flags().StringVar(&a.home, "home", a.env(homeVariable), a.text("flag.home", homeVariable))
	c.Flags().StringVar(&a.approver, "approver-home", "", a.text("flag.approver-home"))
	a.passphraseFlags(c)
	c.Flags().StringVar(&a.api, "api", "", a.text("flag.api"))
	for _, name := range []string{"home", "approver-home"} {
		if err := c.MarkFlagDirname(name); err != nil {
			panic("riviera: " + err.Error()) // the flags stand above
		}
	}
}

// session is one institution at its own node.
type session struct {
	home   *node.Home
	client *client.Client
	clerk  *clerk.Clerk

	members []client.Member // as the node has them, once somebody has asked
}

// openHome opens the home that --home or the environment names.
func (a *app) openHome() (*node.Home, error) {
	if a.home == "" {
		return nil, usage(a.text("usage.home", homeVariable))
	}
	h, err := node.OpenHome(a.home)
	if err != nil {
		return nil, err
	}
	if a.approver != "" {
		if h.With, err = node.OpenHome(a.approver); err != nil {
			return nil, err
		}
		if err := a.unlocks(h.With); err != nil {
			return nil, err
		}
	}
	return h, a.unlocks(h)
}

// session opens a home and its node's API. The clerk is made when something is to be
// signed: reading needs no private key.
func (a *app) session() (*session, error) {
	h, err := a.openHome()
	if err != nil {
		return nil, err
	}
	s := &session{home: h}
	if a.api != "" {
		token := "" // of a home without a node: asked as anybody
		if h.RunsNode() {
			if token, err = h.Token(); err != nil {
				return nil, err
			}
		}
		s.client = client.New(baseURL(a.api), token)
	} else if s.client, err = h.Client(); err != nil {
		return nil, err
	}
	a.dress(s.client)
	return s, nil
}

// dress gives a client the reader's language.
func (a *app) dress(c *client.Client) { c.Lang = a.lang }

// signing opens a session that can sign.
func (a *app) signing() (*session, error) {
	s, err := a.session()
	if err != nil {
		return nil, err
	}
	if s.clerk, err = s.home.Clerk(s.client); err != nil {
		return nil, err
	}
	return s, nil
}

// baseURL accepts "host:port" for an address.
func baseURL(s string) string {
	if strings.Contains(s, "://") {
		return s
	}
	return "http://" + s
}

// readSecretFile reads a file that holds one secret line.
func readSecretFile(path, where string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fault.Wrap(fault.NotFound, where, err)
	}
	return strings.TrimSpace(string(b)), nil
}
