package simulate

import (
	"bytes"
	_ "embed" // the price sheet
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

//go:embed prices.json
var list []byte

// Prices is a price sheet: what executors of a platform are like and cost, and what a fleet of Java workers would.
type Prices struct {
	// Date is when the prices were those of the providers.
	Date     string `json:"date"`
	Currency string `json:"currency"`
	Note     string `json:"note,omitempty"`
	// RecordsPerCPUSecond is what an executor delivers with a whole vCPU; PerLease is what each lease takes besides.
	RecordsPerCPUSecond float64             `json:"recordsPerCPUSecond"`
	PerLease            Duration            `json:"perLease"`
	Platforms           map[string]Platform `json:"platforms"`
	Coordinator         struct {
		Title   string  `json:"title"`
		PerHour float64 `json:"perHour"`
	} `json:"coordinator"`
	Fleets map[string]Fleet `json:"fleets"`
}

// Platform is where executors run.
type Platform struct {
	Title string `json:"title"`
	// VCPU and MemoryGB are an executor's size; a lease's time is billed in steps of Unit, Least at the least.
	VCPU          float64  `json:"vCPU"`
	MemoryGB      float64  `json:"memoryGB"`
	Cold          Duration `json:"cold"`
	Warm          Duration `json:"warm"`
	Keep          Duration `json:"keep"`
	Unit          Duration `json:"unit"`
	Least         Duration `json:"least,omitempty"`
	PerVCPUSecond float64  `json:"perVCPUSecond,omitempty"`
	PerGBSecond   float64  `json:"perGBSecond,omitempty"`
	PerLease      float64  `json:"perLease,omitempty"`
}

// Fleet is workers that run day and night.
type Fleet struct {
	Title            string  `json:"title"`
	PerUnitHour      float64 `json:"perUnitHour"`
	PerGB            float64 `json:"perGB,omitempty"`
	RecordsPerSecond float64 `json:"recordsPerSecond"`
}

// ListPrices returns the sheet that comes with the program.
func ListPrices() (*Prices, error) { return ReadPrices(bytes.NewReader(list)) }

// ReadPrices reads a price sheet, JSON of the shape of prices.json.
func ReadPrices(r io.Reader) (*Prices, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	p := &Prices{}
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("price sheet: %w", err)
	}
	if p.RecordsPerCPUSecond <= 0 {
		return nil, fmt.Errorf("price sheet: recordsPerCPUSecond cannot be %v: give what an executor delivers with a whole vCPU", p.RecordsPerCPUSecond)
	}
	for name, pl := range p.Platforms {
		if pl.VCPU <= 0 || pl.Unit <= 0 {
			return nil, fmt.Errorf("price sheet: platform %s: vCPU and unit are to be above 0", name)
		}
	}
	for name, f := range p.Fleets {
		if f.RecordsPerSecond <= 0 {
			return nil, fmt.Errorf("price sheet: fleet %s: recordsPerSecond is to be above 0", name)
		}
	}
	return p, nil
}

// Executor is what leases of a platform run on.
func (p *Prices) Executor(platform string) (Executor, error) {
	pl, ok := p.Platforms[platform]
	if !ok {
		return Executor{}, fmt.Errorf("the price sheet has no platform %q: it has %s", platform, strings.Join(slices.Sorted(maps.Keys(p.Platforms)), ", "))
	}
	return Executor{Cold: time.Duration(pl.Cold), Warm: time.Duration(pl.Warm), Keep: time.Duration(pl.Keep),
		RecordsPerSecond: p.RecordsPerCPUSecond * pl.VCPU, PerLease: time.Duration(p.PerLease)}, nil
}

// cost is that of a run's executors on the platform.
func (pl *Platform) cost(o *Outcome) float64 {
	seconds := o.billed(time.Duration(pl.Unit), time.Duration(pl.Least)).Seconds()
	return seconds*(pl.VCPU*pl.PerVCPUSecond+pl.MemoryGB*pl.PerGBSecond) + float64(o.Leases)*pl.PerLease
}
