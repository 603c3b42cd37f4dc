package importer

import (
	"context"
	"slices"
	"strings"
)

// tell reports on entries whose fate is known.
func (e *engine) tell(ctx context.Context, batch []*entry) error {
	if err := e.findHolders(ctx, batch); err != nil {
		return err
	}
	for _, n := range batch {
		if n.half && len(n.faults) == 0 && !e.o.Check {
			e.second.add(n.ordinal)
			continue
		}
		if err := e.report(n); err != nil {
			return err
		}
	}
	if e.o.Progress != nil {
		e.o.Progress(Progress{e.done, e.summary.Rows, e.summary.Failed})
	}
	return nil
}

// report tells what became of a row.
func (e *engine) report(n *entry) error {
	e.done++
	if len(n.faults) > 0 {
		return e.reject(n)
	}
	switch n.outcome {
	case Created:
		e.summary.Created++
	case Updated:
		e.summary.Updated++
	default:
		e.summary.Unchanged++
	}
	if e.o.Report == nil {
		return nil
	}
	return e.o.Report(ReportRow{Line: n.row.Line, Outcome: n.outcome, ID: n.id})
}

// reject tells why a row failed.
func (e *engine) reject(n *entry) error {
	e.summary.Failed++
	if handle := n.handle(); e.handles.has(handle) {
		e.failed.add(handle)
	}
	for i, fault := range n.faults {
		if i == 0 {
			e.count(fault)
		}
		if e.o.Report == nil {
			continue
		}
		row := ReportRow{Line: n.row.Line, Outcome: Failed, ID: n.existing, Mnemonic: fault.Mnemonic, Field: fault.column(), Message: fault.Message, HeldBy: fault.HeldBy}
		if fault.Value != nil {
			row.Value = *fault.Value
		}
		if err := e.o.Report(row); err != nil {
			return err
		}
	}
	if e.o.Rejected == nil {
		return nil
	}
	return e.o.Rejected(n.row)
}

func (e *engine) count(fault Fault) {
	reason := Reason{Mnemonic: fault.Mnemonic, Field: fault.Field, Message: fault.Message}
	if _, known := e.reasons[reason]; known || len(e.reasons) < MaxReasons {
		e.reasons[reason]++
	}
}

func (e *engine) summarize() {
	e.summary.Continued = e.continued
	for reason, rows := range e.reasons {
		reason.Rows = rows
		e.summary.Reasons = append(e.summary.Reasons, reason)
	}
	slices.SortFunc(e.summary.Reasons, func(a, b Reason) int {
		switch {
		case a.Rows != b.Rows:
			return int(b.Rows - a.Rows)
		case a.Mnemonic != b.Mnemonic:
			return strings.Compare(a.Mnemonic, b.Mnemonic)
		}
		return strings.Compare(a.Field+a.Message, b.Field+b.Message)
	})
}
