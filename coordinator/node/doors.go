package node

import (
	"errors"
	"fmt"
	"net"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// door is an open listener of the REST API.
type door struct {
	net.Listener
	at worker.Listener
}

type doors []door

// listen opens ports. One that is taken is an error that names it, and the property to change.
func listen(at []worker.Listener, what, key string) (doors, error) {
	var out doors
	for _, l := range at {
		ln, err := net.Listen("tcp", l.Address)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open the %s at %s: %w; set %s to another address", what, l.Address, err, key), out.close())
		}
		out = append(out, door{ln, l})
	}
	return out, nil
}

// advertised is the first door of a scheme.
func (d doors) advertised(scheme string) door {
	for _, one := range d {
		if one.at.Scheme() == scheme {
			return one
		}
	}
	return d[0]
}

func (d doors) close() error {
	var err error
	for _, one := range d {
		err = errors.Join(err, one.Close())
	}
	return err
}
