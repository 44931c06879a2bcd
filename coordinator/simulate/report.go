package simulate

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// month is the hours of a month in providers' price lists.
const month = 730

// Report compares platforms and fleets under one load. Money is in the price sheet's currency.
type Report struct {
	Setting  string `json:"setting"`
	Records  int64  `json:"records"`
	Bytes    int64  `json:"bytes"`
	Length   string `json:"length"`
	Prices   string `json:"pricesOf"`
	Currency string `json:"currency"`
	Runs     []Row  `json:"runs"`
	Fleets   []Row  `json:"fleets"`
	// Timelines are of the runs, by platform.
	Timelines map[string][]Bin `json:"timelines"`

	hours float64
	note  string
}

// Row is one way to carry the load.
type Row struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Leases ran, Executors at once at the most; of a fleet, Executors is its always-running units.
	Leases    int64 `json:"leases,omitempty"`
	Executors int   `json:"executors"`
	// Waiting records were not delivered at the end, because no file of theirs is full.
	Waiting int64 `json:"waiting,omitempty"`
	// BusyHours is executor time; P50, P99 and Max the records' seconds from arrival to delivery.
	BusyHours float64 `json:"busyHours"`
	P50       float64 `json:"p50,omitempty"`
	P99       float64 `json:"p99,omitempty"`
	Max       float64 `json:"max,omitempty"`
	// Cost is of the load, Month of a month of such loads one after the other, with the coordinator.
	Cost  float64 `json:"cost"`
	Month float64 `json:"month"`
}

// patience is how long a record may wait for a fleet.
const patience = time.Minute

// Compare runs a setting on the platforms of a price sheet (all without names) and sets the fleets beside them.
func Compare(ctx context.Context, s Setting, prices *Prices, platforms []string) (*Report, error) {
	if len(platforms) == 0 {
		platforms = slices.Sorted(maps.Keys(prices.Platforms))
	}
	r := &Report{Setting: s.String(), Prices: prices.Date, Currency: prices.Currency, Timelines: map[string][]Bin{}, note: prices.Note}
	for _, name := range platforms {
		var err error
		if s.Executor, err = prices.Executor(name); err != nil {
			return nil, err
		}
		o, err := Run(ctx, s)
		if err != nil {
			return nil, err
		}
		r.Records, r.Bytes, r.Length, r.hours = o.Records, o.Records*s.RecordBytes, o.Length.String(), o.Length.Hours()
		pl := prices.Platforms[name]
		cost := pl.cost(o) + prices.Coordinator.PerHour*r.hours
		r.Runs = append(r.Runs, Row{Name: name, Title: pl.Title, Leases: o.Leases, Executors: o.Executors, Waiting: o.Wait, BusyHours: o.Busy.Hours(),
			P50: o.Latency.Quantile(0.5).Seconds(), P99: o.Latency.Quantile(0.99).Seconds(), Max: o.Latency.Longest.Seconds(),
			Cost: cost, Month: r.monthly(cost)})
		r.Timelines[name] = o.Timeline
	}
	load := newDemand(s.Arrivals)
	for _, name := range slices.Sorted(maps.Keys(prices.Fleets)) {
		f := prices.Fleets[name]
		n := load.units(f.RecordsPerSecond, patience)
		cost := float64(n)*f.PerUnitHour*r.hours + float64(r.Bytes)/1e9*f.PerGB
		r.Fleets = append(r.Fleets, Row{Name: name, Title: f.Title, Executors: n, BusyHours: float64(n) * r.hours, Cost: cost, Month: r.monthly(cost)})
	}
	return r, nil
}

func (r *Report) monthly(cost float64) float64 {
	if r.hours == 0 {
		return 0
	}
	return cost * month / r.hours
}

// Print writes the report for people.
func (r *Report) Print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d records, %.1f GB, in %s; %s\n\n", r.Records, float64(r.Bytes)/1e9, r.Length, r.Setting)
	fmt.Fprintf(w, "\tleases\texecutors\tbusy\tp50\tp99\tmax\t%s\ta month\n", r.Currency)
	for _, row := range r.Runs {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.2f h\t%s\t%s\t%s\t%.4f\t%.2f\n", row.Name, row.Leases, row.Executors, row.BusyHours, seconds(row.P50), seconds(row.P99),
			seconds(row.Max), row.Cost, row.Month)
	}
	for _, row := range r.Fleets {
		fmt.Fprintf(w, "%s\t\t%d\t%.2f h\t\t\t\t%.4f\t%.2f\n", row.Name, row.Executors, row.BusyHours, row.Cost, row.Month)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, row := range slices.Concat(r.Runs, r.Fleets) {
		fmt.Fprintf(out, "%s: %s\n", row.Name, row.Title)
	}
	fmt.Fprintf(out, "Costs of executors include one coordinator; those of fleets are for as many units as let no record wait longer than %s.\n", patience)
	if i := slices.IndexFunc(r.Runs, func(row Row) bool { return row.Waiting > 0 }); i >= 0 {
		fmt.Fprintf(out, "%d records wait at the end: no file of theirs is full (flush.size) and no time closes it.\n", r.Runs[i].Waiting)
	}
	_, err := fmt.Fprintf(out, "Prices of %s. %s\n", r.Prices, r.note)
	return err
}

// seconds is a latency for people.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d < 10*time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
