package app

import (
	"errors"
	"path/filepath"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/observe"
)

// watch is all that a run is watched by: what is shown, the event log and, where they are asked for, metrics.
type watch struct {
	show   *display
	log    *observe.EventLog
	server *observe.Server // nil without --metrics
	sink   observe.Sink
}

func (c *command) watch() (*watch, error) {
	w := &watch{show: c.observer()}
	w.log = c.eventLog(w.show)
	w.sink = observe.Tee{w.show, w.log}
	flows := c.pipeline.FlowNames()
	if c.metrics != "" {
		m := observe.NewMetrics(c.pipeline.Name, c.pipeline.Version)
		for _, f := range flows {
			m.Flow(f.Table, f.Flow)
		}
		var err error
		if w.server, err = observe.Serve(c.metrics, m); err != nil {
			return nil, err
		}
		w.sink = observe.Tee{w.show, w.log, m}
		w.show.Event(observe.Event{Message: "metrics are at http://" + w.server.Address() + "/metrics"})
	}
	w.log.Begin(c.pipeline.Version, c.pipeline.Graph, flows)
	return w, nil
}

// end tells how the run has ended, and closes what watched it.
func (w *watch) end(c *command, s *flow.Summary, err error) {
	state := observe.StatusCanceled
	switch {
	case err != nil:
		state = observe.StatusFailed
	case c.opt.AvailableNow:
		state = observe.StatusCompleted
	}
	w.log.End(state, flowStates(s, c.opt.AvailableNow, err), err)
	w.log.Close()
	if w.server != nil {
		w.server.Close()
	}
	w.show.close()
}

// flowStates says how each flow has ended. An error that names a flow is that flow's; another one is everybody's.
func flowStates(s *flow.Summary, availableNow bool, err error) map[observe.Named]string {
	states := map[observe.Named]string{}
	if s == nil {
		return states
	}
	culprit := culpritOf(err)
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			state := observe.StatusStopped
			switch {
			case f.State == flow.StateComplete:
				state = observe.StatusCompleted
			case err != nil && (culprit == "" || culprit == f.Name):
				state = observe.StatusFailed
			case err == nil && availableNow:
				state = observe.StatusCompleted
			}
			states[observe.Named{Table: t.Name, Flow: f.Name}] = state
		}
	}
	return states
}

func culpritOf(err error) string {
	var source *flow.SourceError
	var bad *flow.BadRecordsError
	var tie *flow.TieError
	var lost *flow.LostOffsetsError
	switch {
	case errors.As(err, &source):
		return source.Flow
	case errors.As(err, &bad):
		return bad.Flow
	case errors.As(err, &tie):
		return tie.Flow
	case errors.As(err, &lost):
		return lost.Flow
	}
	return ""
}

// eventsFile is the event log's.
func (c *command) eventsFile() string {
	return filepath.Join(c.opt.Data, ".seamflow", "events", c.pipeline.Name+".jsonl")
}

func (c *command) eventLog(show *display) *observe.EventLog {
	return observe.NewEventLog(c.eventsFile(), c.pipeline.Name, func(message string) {
		show.Event(observe.Event{Level: observe.Warn, Message: message})
	})
}

// tellAction notes in the event log what a person has had done.
func (c *command) tellAction(about observe.Named, action, message string) {
	log := c.eventLog(c.observer())
	defer log.Close()
	log.UserAction(about, action, message)
}
